"""Files as the tools' own code writes them, number by number: epipolar lines tell whether the conventions are right.

The writers follow nerfstudio's ``polycam_utils`` and ``record3d_utils``, instant-ngp's ``colmap2nerf``, ORB-SLAM3's
``System::SaveTrajectory*``, stella_vslam's ``trajectory_io``, and EuRoC's ``sensor.yaml``.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from support import pose_sources
from support.epipolar import LENS, check_epipolar, drive, frames_of

from reloc.geometry import transforms
from reloc.geometry.cameras import DistortionModel

OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


def write_images(folder: Path, names) -> None:
    for name, picture in zip(names, drive()[0], strict=True):
        pose_sources._write(folder / name, picture)


def lens(**more) -> dict:
    corner = {"cx": LENS.cx + 0.5, "cy": LENS.cy + 0.5}
    return {"fl_x": LENS.fx, "fl_y": LENS.fy, **corner, "w": LENS.width, "h": LENS.height, **more}


def test_polycam_by_nerfstudio(tmp_path: Path) -> None:
    """Each frame has its own lens; the rows of ARKit's matrix are turned so that z is up."""
    names = [f"images/frame_{i + 1:05d}.png" for i in range(4)]
    write_images(tmp_path, names)
    frames = []
    for name, pose in zip(names, drive()[1], strict=True):
        arkit = np.roll(np.eye(4)[:3, :3], 1, axis=0)  # some world with y up
        t = np.vstack([arkit @ (pose @ OPENGL)[:3], [0, 0, 0, 1]])
        frames.append(lens(file_path=f"./{name}", transform_matrix=t[[2, 0, 1, 3]].tolist()))
    text = {"camera_model": "OPENCV", "orientation_override": "none", "frames": frames}
    (tmp_path / "transforms.json").write_text(json.dumps(text, indent=4))
    check_epipolar(frames_of("nerfstudio", tmp_path)[0])


def test_record3d_by_nerfstudio(tmp_path: Path) -> None:
    """Paths are of the computer that converted it; numbers are float32; the lens is at the top."""
    names = [f"images/frame_{i + 1:05d}.png" for i in range(4)]
    write_images(tmp_path, names)
    frames = [
        {"file_path": f"/home/somebody/room/{name}", "transform_matrix": (pose @ OPENGL).astype(np.float32).tolist()}
        for name, pose in zip(names, drive()[1], strict=True)
    ]
    (tmp_path / "transforms.json").write_text(json.dumps(lens(camera_model="OPENCV", frames=frames)))
    found = frames_of("nerfstudio", tmp_path)[0]
    check_epipolar(found)
    np.testing.assert_array_equal(found[2].load_image(), drive()[0][2])


def test_colmap_by_instant_ngp(tmp_path: Path) -> None:
    """Sizes are floats; the world is turned over, moved and scaled."""
    names = [f"./images/{i:04d}.png" for i in range(4)]
    write_images(tmp_path, names)
    frames = []
    for name, pose in zip(names, drive()[1], strict=True):
        c2w = pose.copy()
        c2w[0:3, 2] *= -1
        c2w[0:3, 1] *= -1
        c2w = c2w[[1, 0, 2, 3], :]
        c2w[2, :] *= -1
        c2w[0:3, 3] = (c2w[0:3, 3] - 0.7) * 1.9
        frames.append({"file_path": name, "sharpness": 100.0, "transform_matrix": c2w.tolist()})
    angles = {"camera_angle_x": 1.0, "camera_angle_y": 0.8, "k1": 0, "k2": 0, "k3": 0, "k4": 0, "p1": 0, "p2": 0}
    head = lens(is_fisheye=False, aabb_scale=16, **angles) | {"w": float(LENS.width), "h": float(LENS.height)}
    (tmp_path / "transforms.json").write_text(json.dumps({**head, "frames": frames}, indent=2))
    check_epipolar(frames_of("nerfstudio", tmp_path)[0])
    (tmp_path / "transforms.json").write_text(json.dumps({**head, "is_fisheye": True, "k1": 0.1, "frames": frames}))
    camera = frames_of("nerfstudio", tmp_path)[0][0].camera
    assert (camera.model, camera.distortion) == (DistortionModel.EQUIDISTANT, (0.1, 0.0, 0.0, 0.0))


def seconds(i: int) -> float:
    return (pose_sources.START_NS + i * pose_sources.STEP_NS) / 1e9


def quaternion(pose) -> list[float]:
    return [*pose[:3, 3], *transforms.to_quaternion(pose)]


WRITERS = {
    # f << fixed << setprecision(6) << stamp << setprecision(9 or 7) << t and q
    "orb-slam3 tum": ("CameraTrajectory.txt", lambda s, p: f"{s:.6f} " + " ".join(f"{v:.9f}" for v in quaternion(p))),
    "orb-slam3 key frames": (
        "KeyFrameTrajectory.txt", lambda s, p: f"{s:.6f} " + " ".join(f"{v:.7f}" for v in quaternion(p)),
    ),
    # setprecision(6) << 1e9 * stamp
    "orb-slam3 euroc": (
        "CameraTrajectory.txt", lambda s, p: f"{1e9 * s:.6f} " + " ".join(f"{v:.9f}" for v in quaternion(p)),
    ),
    # without fixed: setprecision(15) << stamp << setprecision(9)
    "stella": ("frame_trajectory.txt", lambda s, p: f"{s:.15g} " + " ".join(f"{v:.9g}" for v in quaternion(p))),
    "stella kitti": ("frame_trajectory.txt", lambda s, p: " ".join(f"{v:.9g}" for v in p[:3].ravel())),
    "orb-slam3 kitti": ("CameraTrajectory.txt", lambda s, p: " ".join(f"{v:.9f}" for v in p[:3].ravel())),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITERS)
def test_trajectories_of_slam(tmp_path: Path, kind: str) -> None:
    """Beside EuRoC's images, whose names are nanoseconds."""
    name, line = WRITERS[kind]
    write_images(tmp_path / "images", [f"{pose_sources.START_NS + i * pose_sources.STEP_NS}.png" for i in range(4)])
    (tmp_path / "images" / "camera.json").write_text(json.dumps(LENS.to_dict()))
    # SLAM's world begins at its first camera.
    first = transforms.inverse(drive()[1][0])
    (tmp_path / name).write_text("".join(f"{line(seconds(i), first @ p)}\n" for i, p in enumerate(drive()[1])))
    check_epipolar(frames_of("trajectory", tmp_path)[0])


EUROC = """\
# General sensor definitions.
sensor_type: camera
comment: VI-Sensor cam0 (MT9M034)

# Sensor extrinsics wrt. the body-frame.
T_BS:
  cols: 4
  rows: 4
  data: [0.0148655429818, -0.999880929698, 0.00414029679422, -0.0216401454975,
         0.999557249008, 0.0149672133247, 0.025715529948, -0.064676986768,
        -0.0257744366974, 0.00375618838797, 0.999660727178, 0.00981073058949,
         0.0, 0.0, 0.0, 1.0]

# Camera specific definitions.
rate_hz: 20
resolution: [752, 480]
camera_model: pinhole
intrinsics: [458.654, 457.296, 367.215, 248.375] #fu, fv, cu, cv
distortion_model: radial-tangential
distortion_coefficients: [-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05]
"""


def test_the_sensor_file_of_euroc(tmp_path: Path) -> None:
    """The camera and mounting of its sequences, whose poses are those of the body."""
    mounting = np.eye(4)
    mounting[:3] = [
        [0.0148655429818, -0.999880929698, 0.00414029679422, -0.0216401454975],
        [0.999557249008, 0.0149672133247, 0.025715529948, -0.064676986768],
        [-0.0257744366974, 0.00375618838797, 0.999660727178, 0.00981073058949],
    ]
    blank = [np.full((480, 752, 3), 50 * i, np.uint8) for i in range(4)]
    pose_sources.euroc(tmp_path, blank, drive()[1], LENS)
    (tmp_path / "mav0/cam0/sensor.yaml").write_text(EUROC)
    found = frames_of("euroc", tmp_path)[0]
    body = drive()[1][2] @ transforms.inverse(pose_sources.BODY_FROM_CAM)
    np.testing.assert_allclose(found[2].world_from_cam, body @ mounting, atol=1e-6)
    camera = found[2].camera
    assert (camera.width, camera.fx, camera.cy) == (752, 458.654, 248.375)
    assert camera.model is DistortionModel.PLUMB_BOB
    assert camera.distortion == (-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05, 0.0)
