"""Poses in from other tools: their conventions lead matches onto epipolar lines; one bad line costs one frame."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress

import numpy as np
import pytest
from support import folders, pose_sources
from support.epipolar import LENS, check_epipolar, drive, epipolar_px, frames_of, matches
from support.pose_sources import WRITERS, place_of

from reloc.errors import CameraError, ImageError, PoseError, RelocError, SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.maps.source import open_source

SMALL = Camera(folders.WIDTH, folders.HEIGHT, 60.0, 61.0, 30.0, 25.0)
COUNT = 12


def check_conventions(found):
    pictures, poses = drive()
    assert len(found) == len(poses)
    for frame, picture, pose in zip(found, pictures, poses, strict=True):
        np.testing.assert_array_equal(frame.load_image(), picture)
        np.testing.assert_allclose(frame.world_from_cam, pose, atol=2e-6)
        told, lens = (np.array([c.fx, c.fy, c.cx, c.cy]) for c in (frame.camera, LENS))
        np.testing.assert_allclose(told, lens, atol=1e-4)
        assert frame.camera.distortion == ()
    check_epipolar(found)


@pytest.mark.parametrize("kind", WRITERS)
def test_matches_lie_on_epipolar_lines(tmp_path, kind):
    WRITERS[kind](tmp_path, *drive(), LENS)
    found, _, _ = frames_of(kind, tmp_path)
    check_conventions(found)


def test_wrong_axes_would_be_noticed(tmp_path):
    """What the test above would say of a nerfstudio pose that is taken for a pose of OpenCV's axes."""
    pictures, poses = drive()
    flipped = [pose @ np.diag([1.0, -1, -1, 1]) for pose in poses]
    WRITERS["nerfstudio"](tmp_path, pictures, flipped, LENS)
    found, _, _ = frames_of("nerfstudio", tmp_path)
    uv_a, uv_b = matches()[0]
    assert epipolar_px(found[0], found[1], uv_a, uv_b) > 10


@pytest.mark.parametrize("version", [(0, 11, 0), (0, 11, 8), (0, 17, 6), (0, 18, 0), (0, 20, 16), (0, 23, 0)])
@pytest.mark.parametrize("optimized", [True, False])
def test_versions_of_rtabmap(tmp_path, version, optimized):
    pose_sources.rtabmap(tmp_path, *drive(), LENS, version, optimized)
    found, notes, source = frames_of("rtabmap", tmp_path)
    check_conventions(found)
    assert "1 of 5 nodes left out" in notes
    graph = optimized and version >= (0, 17, 0)
    assert source.odometry == ("" if graph else "odom")
    assert ("optimized" if graph else "by odometry") in notes


@pytest.mark.parametrize("version", [(0, 11, 0), (0, 11, 8), (0, 17, 6), (0, 20, 16)])
def test_rtabmaps_stereo_pairs_give_the_left_camera(tmp_path, version):
    pose_sources.rtabmap(tmp_path, *drive(), LENS, version, kind="stereo")
    check_conventions(frames_of("rtabmap", tmp_path)[0])


def test_rtabmaps_several_stereo_pairs_lie_side_by_side(tmp_path):
    pictures, poses = drive()
    wide = [np.hstack([picture, picture[:, ::-1]]) for picture in pictures]
    pose_sources.rtabmap(tmp_path, wide, poses, LENS, (0, 21, 4), kind="stereo")
    two = pose_sources.camera_blob(LENS, (0, 21, 4), "stereo") * 2
    with closing(sqlite3.connect(tmp_path / "rtabmap.db")) as database:
        database.execute("UPDATE Data SET calibration = ?", (two,))
        database.commit()
    found, _, _ = frames_of("rtabmap", tmp_path, allow_duplicates=True)
    assert [frame.name for frame in found[:2]] == ["000001/0", "000001/1"]
    np.testing.assert_array_equal(found[1].load_image(), pictures[0][:, ::-1])


@pytest.mark.parametrize(
    ("kind", "model", "coefficients"),
    [
        ("raw", DistortionModel.PLUMB_BOB, (0.1, -0.05, 0.002, -0.003, 0.01)),
        ("raw", DistortionModel.RATIONAL, (0.1, -0.05, 0.002, -0.003, 0.01, 0.02, 0.03, 0.04)),
        ("fisheye", DistortionModel.EQUIDISTANT, (0.1, -0.05, 0.01, 0.004)),
    ],
)
def test_rtabmaps_images_that_are_not_rectified_keep_their_lens(tmp_path, kind, model, coefficients):
    lens = Camera(LENS.width, LENS.height, LENS.fx, LENS.fy, LENS.cx, LENS.cy, model, coefficients)
    pose_sources.rtabmap(tmp_path, *drive(), lens, kind=kind)
    camera = frames_of("rtabmap", tmp_path)[0][0].camera
    assert (camera.model, camera.distortion) == (model, coefficients)
    assert (camera.fx, camera.cy) == (LENS.fx, LENS.cy)


@pytest.mark.parametrize("version", [(0, 8, 12), (0, 10, 9), (7, 0, 0)])
def test_other_versions_of_rtabmap_are_named(tmp_path, version):
    pose_sources.rtabmap(tmp_path, *drive(), LENS, version)
    with pytest.raises(SourceError, match=r"is of RTAB-Map \d+\.\d+\.\d+, which is not read"):
        frames_of("rtabmap", tmp_path)


def changed_database(tmp_path, sql, *values):
    file = pose_sources.rtabmap(tmp_path, *drive(), LENS)
    with closing(sqlite3.connect(file)) as database:
        database.execute(sql, values)
        database.commit()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DROP TABLE Data", "lacks Data"),
        ("ALTER TABLE Data RENAME COLUMN calibration TO calib", "lacks calibration"),
        ("UPDATE Admin SET version = 'x'", "says the version 'x'"),
        ("UPDATE Admin SET opt_poses = x'00112233445566778899aabbccdd'", "optimized poses"),
        ("UPDATE Data SET image = NULL", "No node of"),
    ],
)
def test_a_broken_database_is_named(tmp_path, sql, words):
    changed_database(tmp_path, sql)
    with pytest.raises(SourceError, match=words):
        frames_of("rtabmap", tmp_path)


def test_no_database(tmp_path):
    (tmp_path / "rtabmap.db").write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(SourceError, match="cannot be read"):
        frames_of("rtabmap", tmp_path)
    (tmp_path / "rtabmap.db").write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(SourceError, match="not SQLite"):
        frames_of("rtabmap", tmp_path)


def test_one_bad_node_costs_one_frame(tmp_path):
    pictures, poses = drive()
    nearby = [pose @ transforms.make(np.eye(3), [0, 0, 0.01]) for pose in poses]
    pose_sources.rtabmap(tmp_path, pictures + pictures, poses + nearby, LENS)
    with closing(sqlite3.connect(tmp_path / "rtabmap.db")) as database:
        database.execute("UPDATE Data SET calibration = x'0011' WHERE id = 3")
        database.commit()
    found, notes, _ = frames_of("rtabmap", tmp_path)
    assert len(found) == 7
    assert "1 of 8 nodes" in notes


# -- bad lines ------------------------------------------------------------------------------------------------


def small(kind, root):
    poses = [folders.pose(i) for i in range(COUNT)]
    file = WRITERS[kind](root, [folders.colour(i) for i in range(COUNT)], poses, SMALL)
    lines = file.read_text().splitlines()
    return file, lines, [i for i, line in enumerate(lines) if not line.startswith("#")]


@pytest.mark.parametrize("how", ["nan", "-inf", "7000", "x", "0x1", "cut off"])
@pytest.mark.parametrize("kind", ["euroc", "kitti", "trajectory"])
def test_one_bad_line(tmp_path, kind, how):
    file, lines, at = small(kind, tmp_path)
    separator = "," if kind == "euroc" else " "
    words = lines[at[5]].split(separator)
    lines[at[5]] = separator.join(words[:3] if how == "cut off" else [*words[:4], how, *words[5:]])
    file.write_text("\n".join(lines) + "\n")
    found, notes, _ = frames_of(kind, tmp_path)
    assert len(found) in (COUNT - 1, COUNT)  # EuRoC's pose may be between two others
    assert "1 of 12" in notes


@pytest.mark.parametrize("kind", ["euroc", "trajectory"])
def test_bom_crlf_and_empty_lines(tmp_path, kind):
    file, lines, _ = small(kind, tmp_path)
    file.write_bytes(("\ufeff" + "\r\n\r\n".join(lines) + "\r\n").encode())
    assert len(frames_of(kind, tmp_path)[0]) == COUNT


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"transform_matrix": [[1, 2], [3, 4]]}, COUNT - 1),
        ({"transform_matrix": (2 * np.eye(4)).tolist()}, COUNT - 1),
        ({"transform_matrix": "x"}, COUNT - 1),
        ({"file_path": ""}, COUNT - 1),
        ({"file_path": ".."}, COUNT - 1),
        ({"transform_matrix": folders.pose(3)[:3].tolist()}, COUNT),  # three rows do
    ],
)
def test_one_bad_frame_of_nerfstudio(tmp_path, change, left):
    file, _, _ = small("nerfstudio", tmp_path)
    values = json.loads(file.read_text())
    values["frames"][5] |= change
    file.write_text(json.dumps(values))
    found, notes, _ = frames_of("nerfstudio", tmp_path)
    assert len(found) == left
    assert ("1 of 12" in notes) == (left < COUNT)


@pytest.mark.parametrize("kind", WRITERS)
def test_nothing_but_relocs_own_errors(tmp_path, kind):
    """An empty folder, and each file of a whole one emptied or gone."""
    place = place_of(kind, tmp_path / "none")
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "rtabmap":
        place.write_bytes(b"")
    else:
        place.mkdir()
    with pytest.raises(RelocError):
        open_source(kind, place).frames("all")
    root = tmp_path / "whole"
    pictures, poses = [folders.colour(i) for i in range(3)], [folders.pose(i) for i in range(3)]
    WRITERS[kind](root, pictures, poses, SMALL)
    for file in [p for p in root.rglob("*") if p.is_file() and p.suffix not in (".png",)]:
        content = file.read_bytes()
        for other in (b"", None, content[: len(content) // 2]):
            if other is None:
                file.unlink()
            else:
                file.write_bytes(other)
            with suppress(RelocError):
                frames_of(kind, root)
        file.write_bytes(content)


# -- what each one knows besides -----------------------------------------------------------------------------


def test_nerfstudio_knows_other_writers(tmp_path):
    """Blender's angle, a camera for each frame, fisheyes, and names without suffix."""
    file, _, _ = small("nerfstudio", tmp_path)
    values = json.loads(file.read_text())
    for name in ("fl_x", "fl_y", "cx", "cy", "w", "h", "camera_model"):
        del values[name]
    values["camera_angle_x"] = 2 * np.arctan(32 / 60)
    for frame in values["frames"]:
        frame["file_path"] = frame["file_path"].removesuffix(".png")
    values["frames"][3] |= {"fl_x": 70, "k1": 0.1, "p2": 0.01}
    values["frames"][4] |= {"camera_model": "OPENCV_FISHEYE", "k4": 0.02}
    file.write_text(json.dumps(values))
    found, _, _ = frames_of("nerfstudio", tmp_path)
    told = found[0].camera
    assert (told.fx, told.fy, told.cx, told.cy) == (pytest.approx(60.0), pytest.approx(60.0), 31.5, 23.5)
    assert (found[3].camera.fx, found[3].camera.distortion) == (70, (0.1, 0, 0, 0.01, 0))
    assert found[4].camera.model is DistortionModel.EQUIDISTANT
    assert found[4].camera.distortion == (0, 0, 0, 0.02)
    np.testing.assert_array_equal(found[5].load_image(), folders.colour(5))
    values["frames"][4]["camera_model"] = "EQUIRECTANGULAR"
    file.write_text(json.dumps(values))
    with pytest.raises(CameraError, match="EQUIRECTANGULAR"):
        frames_of("nerfstudio", tmp_path)


def test_kittis_gray_camera_is_another_one(tmp_path):
    small("kitti", tmp_path)
    (tmp_path / "sequences/00/image_2").rename(tmp_path / "sequences/00/image_0")
    found, _, _ = frames_of("kitti", tmp_path)
    moved = transforms.inverse(folders.pose(3)) @ found[3].world_from_cam
    np.testing.assert_allclose(moved[:3, 3], [pose_sources.CAM2_X, 0, 0], atol=1e-9)
    assert found[3].stamp_ns == 300_000_000


def test_kitti_with_a_pose_too_few(tmp_path):
    file, lines, _ = small("kitti", tmp_path)
    file.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(SourceError, match=r"has 11 poses, but .* has 12 images"):
        frames_of("kitti", tmp_path)


def test_slam_with_nanoseconds_and_key_frames_alone(tmp_path):
    """ORB-SLAM3 writes nanoseconds for EuRoC. Images between key frames have no pose: none is invented."""
    file, lines, _ = small("trajectory", tmp_path)
    kept = [(pose_sources.START_NS + 3 * i * pose_sources.STEP_NS, line.split()) for i, line in enumerate(lines[::3])]
    text = "".join(f"{stamp}.000000 {' '.join(words[1:])}\n" for stamp, words in kept)
    file.unlink()
    (tmp_path / "KeyFrameTrajectory.txt").write_text(text)
    found, notes, _ = frames_of("trajectory", tmp_path)
    assert len(found) == 4
    assert "8 of 12 images left out" in notes
    for i, frame in enumerate(found):
        np.testing.assert_allclose(frame.world_from_cam, folders.pose(3 * i), atol=1e-9)


def test_slam_in_kittis_form_and_with_times(tmp_path):
    file, _, _ = small("trajectory", tmp_path)
    file.write_text("".join(f"{' '.join(f'{v:.12g}' for v in folders.pose(i)[:3].ravel())}\n" for i in range(COUNT)))
    found, _, source = frames_of("trajectory", tmp_path, scale_unknown=True)
    np.testing.assert_allclose(found[7].world_from_cam, folders.pose(7), atol=1e-9)
    assert source.scale == "unknown"
    for i, image in enumerate(sorted((tmp_path / "images").glob("*.png"))):
        image.rename(image.with_name(f"{i}.png"))
    numbers = [[*folders.pose(i)[:3, 3], *transforms.to_quaternion(folders.pose(i))] for i in range(COUNT)]
    lines = [f"{0.1 * i:.3f} {' '.join(f'{v:.12g}' for v in row)}" for i, row in enumerate(numbers)]
    (tmp_path / "stella.txt").write_text("\n".join(lines) + "\n")
    with pytest.raises(SourceError, match="its name has no stamp"):
        frames_of("trajectory", tmp_path, trajectory=str(tmp_path / "stella.txt"))
    (tmp_path / "times.txt").write_text("".join(f"{0.1 * i:.3f}\n" for i in range(COUNT)))
    found, _, _ = frames_of("trajectory", tmp_path, trajectory=str(tmp_path / "stella.txt"))
    np.testing.assert_allclose(found[10].world_from_cam, folders.pose(10), atol=1e-9)


def test_euroc_says_which_part_is_wrong(tmp_path):
    small("euroc", tmp_path)
    sensor = tmp_path / "mav0/cam0/sensor.yaml"
    text = sensor.read_text()
    for before, after, words in (
        ("intrinsics: [60, 61, 30, 25]", "intrinsics: [60, 61]", "four numbers of intrinsics"),
        ("camera_model: pinhole", "camera_model: omni", "camera_model: 'omni'"),
        ("cols: 4", "cols: &a [1]\n  x: *a", "alias"),
    ):
        assert before in text
        sensor.write_text(text.replace(before, after))
        with pytest.raises(SourceError, match=words):
            frames_of("euroc", tmp_path)
    sensor.write_text(text.replace("data: [", "data: [9, "))
    with pytest.raises(SourceError, match="4 x 4 numbers"):
        frames_of("euroc", tmp_path)


def test_an_image_that_is_gone_is_named_when_it_is_read(tmp_path):
    small("trajectory", tmp_path)
    found, _, _ = frames_of("trajectory", tmp_path)
    found[2].image_file.unlink()
    with pytest.raises(ImageError):
        found[2].load_image()
    lines = (tmp_path / "CameraTrajectory.txt").read_text().splitlines()
    stood = [f"{line.split()[0]} {' '.join(lines[0].split()[1:])}" for line in lines]
    (tmp_path / "CameraTrajectory.txt").write_text("\n".join(stood) + "\n")
    with pytest.raises(PoseError, match=r"same pose|exactly the pose"):
        frames_of("trajectory", tmp_path)
