"""Write images with poses in the forms of other tools, each by its own conventions, for tests and fuzzing."""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera

START_NS = 1_403_636_579_763_555_584
STEP_NS = 50_000_000
# How a camera is mounted: x right, y down, z ahead in a body with x ahead, y left, z up; and a little turned.
BODY_FROM_CAM = transforms.make(
    np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]) @ transforms.so3_exp([0.05, -0.1, 0.2]), [0.2, -0.1, 0.3]
)
CAM2_X = 0.06  # meters that KITTI's camera 2 is to the left of camera 0, as its calib.txt has it

Pictures = Sequence[UInt8]  # (H, W, 3) RGB
Poses = Sequence[Float64]  # world_from_cam


def _write(file: Path, picture: UInt8) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(file), picture[..., ::-1])


def _numbers(values: Sequence[float] | Float64, sep: str = " ") -> str:
    return sep.join(f"{float(v):.12g}" for v in np.ravel(values))


def nerfstudio(root: Path, pictures: Pictures, poses: Poses, camera: Camera) -> Path:
    """transforms.json with OpenGL's axes; returns the file with the poses."""
    frames = []
    for i, (picture, pose) in enumerate(zip(pictures, poses, strict=True)):
        _write(root / f"images/{i:04d}.png", picture)
        matrix = pose.copy()
        matrix[:3, 1:3] *= -1  # y up, z backward
        frames.append({"file_path": f"./images/{i:04d}.png", "transform_matrix": matrix.tolist()})
    head = {"w": camera.width, "h": camera.height, "fl_x": camera.fx, "fl_y": camera.fy}
    head |= {"cx": camera.cx + 0.5, "cy": camera.cy + 0.5, "camera_model": "OPENCV", "k1": 0.0}
    (root / "transforms.json").write_text(json.dumps({**head, "frames": frames}))
    return root / "transforms.json"


SENSOR = """\
%YAML:1.0
# Camera sensor definition.
sensor_type: camera
comment: a test
T_BS:
  cols: 4
  rows: 4
  data: [{mounting}]
rate_hz: 20
resolution: [{width}, {height}]
camera_model: pinhole
intrinsics: [{intrinsics}] #fu, fv, cu, cv
distortion_model: radial-tangential
distortion_coefficients: [0.0, 0.0, 0.0, 0.0]
"""


def euroc(root: Path, pictures: Pictures, poses: Poses, camera: Camera) -> Path:
    """EuRoC's folder: poses are the body's, at stamps between those of the images too."""
    cam, truth = root / "mav0/cam0", root / "mav0/state_groundtruth_estimate0"
    truth.mkdir(parents=True)
    rows = "#timestamp [ns],filename\n"
    lines = "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], q_RS_z []\n"
    for i, (picture, pose) in enumerate(zip(pictures, poses, strict=True)):
        stamp = START_NS + i * STEP_NS
        _write(cam / f"data/{stamp}.png", picture)
        rows += f"{stamp},{stamp}.png\n"
        body = pose @ transforms.inverse(BODY_FROM_CAM)
        x, y, z, w = transforms.to_quaternion(body)
        lines += f"{stamp},{_numbers([*body[:3, 3], w, x, y, z], ',')},0,0,0\n"
    (cam / "data.csv").write_text(rows)
    (truth / "data.csv").write_text(lines)
    intrinsics = _numbers([camera.fx, camera.fy, camera.cx, camera.cy], ", ")
    text = SENSOR.format(
        mounting=_numbers(BODY_FROM_CAM, ", "), width=camera.width, height=camera.height, intrinsics=intrinsics
    )
    (cam / "sensor.yaml").write_text(text)
    return truth / "data.csv"


def kitti(root: Path, pictures: Pictures, poses: Poses, camera: Camera) -> Path:
    """sequences/00 with camera 2, whose poses are those of camera 0."""
    sequence = root / "sequences/00"
    (root / "poses").mkdir(parents=True)
    lines, times = "", ""
    # x_cam2 = x_cam0 + t, t = (0.06, 0, 0): camera 0 sees itself at t in camera 2.
    cam2_from_cam0 = transforms.make(np.eye(3), [CAM2_X, 0.0, 0.0])
    for i, (picture, pose) in enumerate(zip(pictures, poses, strict=True)):
        _write(sequence / f"image_2/{i:06d}.png", picture)
        lines += _numbers((pose @ cam2_from_cam0)[:3]) + "\n"
        times += f"{0.1 * i:.6e}\n"
    (root / "poses/00.txt").write_text(lines)
    (sequence / "times.txt").write_text(times)
    k = camera.matrix
    zero, second = np.hstack([k, np.zeros((3, 1))]), np.hstack([k, k @ [[CAM2_X], [0], [0]]])
    (sequence / "calib.txt").write_text(f"P0: {_numbers(zero)}\nP1: {_numbers(zero)}\nP2: {_numbers(second)}\n")
    return root / "poses/00.txt"


def trajectory(root: Path, pictures: Pictures, poses: Poses, camera: Camera) -> Path:
    """ORB-SLAM3's CameraTrajectory.txt for images named by nanoseconds; stamps lose their last digits."""
    lines = ""
    for i, (picture, pose) in enumerate(zip(pictures, poses, strict=True)):
        stamp = START_NS + i * STEP_NS
        _write(root / f"images/{stamp}.png", picture)
        lines += f"{stamp / 1e9:.6f} {_numbers([*pose[:3, 3], *transforms.to_quaternion(pose)])}\n"
    (root / "CameraTrajectory.txt").write_text(lines)
    (root / "images/camera.json").write_text(json.dumps(camera.to_dict()))
    return root / "CameraTrajectory.txt"


def transform_blob(pose: Float64) -> bytes:
    """RTAB-Map's transform: 3 x 4 floats."""
    return np.asarray(pose[:3], "<f4").tobytes()


def matrix_blob(values: np.ndarray) -> bytes:
    """RTAB-Map's compressed matrix of one row."""
    kind = {"<i4": 4, "<f4": 5}[values.dtype.str]
    return zlib.compress(values.tobytes()) + struct.pack("<iii", 1, values.size, kind)


def camera_blob(camera: Camera, version: tuple[int, int, int], kind: str = "rectified") -> bytes:
    """RTAB-Map's calibration: by ``serialize()`` since 0.18, as plain floats before, without a size before 0.11.2.

    Args:
        kind: "rectified"; "stereo"; "raw", which has K and D alone; or "fisheye", the same with D of six numbers.
    """
    mounting = transform_blob(BODY_FROM_CAM)
    if version < (0, 18, 0):
        plain = [camera.fx, camera.fy, camera.cx, camera.cy]
        plain += [0.12] if kind == "stereo" else []
        plain += [camera.width, camera.height] if version >= (0, 11, 2) else []
        return np.array(plain, "<f4").tobytes() + mounting
    if kind == "stereo":
        left = _serialized(camera, version, 0.0, mounting)
        right = _serialized(camera, version, -0.12 * camera.fx, mounting)
        # CameraModel.h: R, T, E and F of a pair that is rectified already may be empty
        header = struct.pack("<10i", *version, 1, 9, 3, 0, 0, len(left), len(right))
        return header + np.eye(3).tobytes() + np.array([-0.12, 0, 0]).tobytes() + left + right
    if kind in ("raw", "fisheye"):
        d = np.array(camera.distortion if kind == "raw" else [*camera.distortion[:2], 0, 0, *camera.distortion[2:]])
        header = struct.pack("<11i", *version, 0, camera.width, camera.height, 9, len(d), 0, 0, 12)
        return header + np.asarray(camera.matrix, "<f8").tobytes() + d.astype("<f8").tobytes() + mounting
    return _serialized(camera, version, 0.0, mounting)


def _serialized(camera: Camera, version: tuple[int, int, int], tx: float, mounting: bytes) -> bytes:
    """What ``CameraModel::serialize`` writes: a header of 11 integers, then K, D, R, P and the local transform."""
    p = np.hstack([np.asarray(camera.matrix, "<f8"), np.array([[tx], [0.0], [0.0]])])
    header = struct.pack("<11i", *version, 0, camera.width, camera.height, 9, 5, 9, 12, len(mounting) // 4)
    # K is of the raw image here, and wrong for the stored one, whose camera is P.
    raw = np.diag([90.0, 90.0, 1.0])
    return header + raw.tobytes() + np.full(5, 0.1).tobytes() + np.eye(3).tobytes() + p.tobytes() + mounting


# The columns of DatabaseSchema.sql; the first version of those that came later stands behind them.
_NODE = (
    "id INTEGER NOT NULL, map_id INTEGER NOT NULL, weight INTEGER, stamp FLOAT, pose BLOB, ground_truth_pose BLOB, "
    "velocity BLOB, label TEXT, gps BLOB, env_sensors BLOB, time_enter DATE, PRIMARY KEY (id)"
)
_DATA = (
    "id INTEGER NOT NULL, image BLOB, depth BLOB, depth_confidence BLOB, calibration BLOB, scan BLOB, scan_info BLOB, "
    "ground_cells BLOB, obstacle_cells BLOB, empty_cells BLOB, cell_size FLOAT, view_point_x FLOAT, "
    "view_point_y FLOAT, view_point_z FLOAT, user_data BLOB, time_enter DATE, PRIMARY KEY (id)"
)
_ADMIN = "version TEXT, preview_image BLOB, opt_cloud BLOB"
_GRAPH = ", opt_ids BLOB, opt_poses BLOB, opt_last_localization BLOB, opt_map BLOB"  # 0.17
_LANDMARK = -7  # a marker: its pose is in the graph, and it is no node


def rtabmap(
    root: Path,
    pictures: Pictures,
    poses: Poses,
    camera: Camera,
    version: tuple[int, int, int] = (0, 21, 4),
    optimized: bool = True,
    kind: str = "rectified",
) -> Path:
    """RTAB-Map's database: odometry drifts, the optimized poses are right. The last node has no pose in the graph."""
    root.mkdir(parents=True, exist_ok=True)
    file = root / "rtabmap.db"
    bodies = [pose @ transforms.inverse(BODY_FROM_CAM) for pose in poses]
    drift = [transforms.make(transforms.so3_exp([0, 0, 0.05 * i]), [0.1 * i, 0, 0]) for i in range(len(poses))]
    with closing(sqlite3.connect(file)) as database:
        more = _GRAPH if version >= (0, 17, 0) else ""
        database.execute(f"CREATE TABLE Admin ({_ADMIN}{more}, time_enter DATE)")
        database.execute(f"CREATE TABLE Node ({_NODE})")
        database.execute(f"CREATE TABLE Data ({_DATA})")
        database.execute("INSERT INTO Admin (version) VALUES (?)", (".".join(str(part) for part in version),))
        if more and optimized:
            ids = np.array([_LANDMARK, *range(1, len(poses) + 1)], "<i4")
            graph = np.concatenate([np.eye(4)[:3].ravel(), *(b[:3].ravel() for b in bodies)])
            blobs = matrix_blob(ids), matrix_blob(graph.astype("<f4"))
            database.execute("UPDATE Admin SET opt_ids = ?, opt_poses = ?", blobs)
        for i, picture in enumerate(pictures):
            pose = drift[i] @ bodies[i] if optimized and more else bodies[i]
            stamp = (START_NS + i * STEP_NS) / 1e9
            encoded = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
            _add_node(database, i + 1, stamp, transform_blob(pose), encoded, camera_blob(camera, version, kind))
        # A node that the graph has not.
        blank = cv2.imencode(".png", np.zeros((camera.height, camera.width, 3), np.uint8))[1].tobytes()
        _add_node(database, 999, 1.0, bytes(48), blank, camera_blob(camera, version, kind))
        database.commit()
    return file


def _add_node(
    database: sqlite3.Connection, number: int, stamp: float, pose: bytes, image: bytes, calibration: bytes
) -> None:
    node = "INSERT INTO Node (id, map_id, weight, stamp, pose) VALUES (?, 0, 0, ?, ?)"
    database.execute(node, (number, stamp, pose))
    database.execute("INSERT INTO Data (id, image, calibration) VALUES (?, ?, ?)", (number, image, calibration))


WRITERS = {"nerfstudio": nerfstudio, "euroc": euroc, "kitti": kitti, "trajectory": trajectory, "rtabmap": rtabmap}


def place_of(kind: str, root: Path) -> Path:
    """What the importer is given."""
    return {"kitti": root / "sequences/00", "rtabmap": root / "rtabmap.db"}.get(kind, root)
