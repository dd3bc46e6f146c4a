"""A trajectory out of `reloc localize --out`: its figures are those of `reloc eval`, and evo's."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest
from support import bags
from support.tiny_world import CAMERA, query_poses, render

from reloc.geometry import transforms
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.writer import BagWriter


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The queries as a video, a folder and a bag; the third frame of each is blank."""
    root = tmp_path_factory.mktemp("recorded")
    pictures = [render(pose)[0] for pose in query_poses()]
    pictures[2] = np.full_like(pictures[2], 90)
    (root / "shots").mkdir()
    video = cv2.VideoWriter(str(root / "drive.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, (320, 240))
    video.set(cv2.VIDEOWRITER_PROP_QUALITY, 95)
    with BagWriter(root / "bag") as bag:
        for topic, kind in (("/cam/image_raw", bags.IMAGE), ("/cam/camera_info", bags.INFO), ("/odom", bags.ODOMETRY)):
            bag.add_topic(topic, kind)
        for i, picture in enumerate(pictures):
            stamp = bags.START_NS + i * bags.SECOND // 10
            info = bags.camera_info(stamp, width=320, height=240, f=CAMERA.fx)
            # Received later than taken, as always.
            bag.write("/cam/image_raw", stamp + 7_000_000, bags.cdr(bags.image(stamp, picture)))
            bag.write("/cam/camera_info", stamp + 7_000_001, bags.cdr(info))
            bag.write("/odom", stamp + 7_000_002, bags.cdr(bags.odometry(stamp, np.eye(4))))
            cv2.imwrite(str(root / f"shots/{i}.png"), picture[..., ::-1])
            video.write(picture[..., ::-1])
    video.release()
    return root


def read_tum(file):
    rows = [line.split() for line in file.read_text().splitlines() if not line.startswith("#")]
    return {row[0]: [float(n) for n in row[1:]] for row in rows}


def check_poses(found):
    assert len(found) == 3
    for numbers, index in zip(found.values(), (0, 1, 3), strict=True):
        np.testing.assert_allclose(numbers[:3], query_poses()[index][:3, 3], atol=0.03)
        pose = transforms.from_quaternion(numbers[3:], numbers[:3])
        assert np.degrees(transforms.rotation_angle_between(pose, query_poses()[index])) < 1.0


@pytest.mark.parametrize(
    ("what", "stamps"),
    [
        ("shots", ["0.000000000", "1.000000000", "3.000000000"]),
        ("drive.avi", ["0.000000000", "0.100000000", "0.300000000"]),
        ("bag", [f"{bags.START_NS // bags.SECOND}.{i}00000000" for i in (0, 1, 3)]),
    ],
)
def test_tum_has_the_poses_and_leaves_out_the_lost(cli, built_map, recorded, tmp_path, what, stamps):
    status, out, _ = cli("localize", built_map, recorded / what, "--out", tmp_path / "drive.tum")
    assert status == 1
    found = read_tum(tmp_path / "drive.tum")
    assert list(found) == stamps
    check_poses(found)
    assert "answered  3 of 4 images (75.0%)" in out
    assert "lost      1: too_few_features 1" in out
    assert " s, " in out


def test_csv_has_a_row_for_each_image_and_the_reason_of_the_lost(cli, built_map, recorded, tmp_path):
    file = tmp_path / "drive.csv"
    cli("localize", built_map, recorded / "drive.avi", "--out", file)
    rows = list(csv.DictReader(file.open()))
    assert [row["answered"] for row in rows] == ["true", "true", "false", "true"]
    assert rows[2]["reason"] == "too_few_features"
    assert rows[2]["x"] == rows[2]["probability"] == ""
    assert rows[0]["reason"] == ""
    np.testing.assert_allclose([float(rows[3][axis]) for axis in "xyz"], query_poses()[3][:3, 3], atol=0.03)
    assert 0 < float(rows[0]["sigma_position"]) < 0.1


@pytest.mark.parametrize("name", ["posed.mcap", "posed"])
def test_a_bag_keeps_its_messages_and_gets_the_poses(cli, built_map, recorded, tmp_path, name):
    status, _, _ = cli("localize", built_map, recorded / "bag", "--out", tmp_path / name)
    assert status == 1
    assert (tmp_path / name).is_file() == name.endswith(".mcap")
    with BagReader(recorded / "bag") as before, BagReader(tmp_path / name) as after:
        topic = "/reloc/camera_pose"
        assert after.topics[topic].count == 3
        copied = [m for m in after.messages() if m.topic != topic]
        assert copied == list(before.messages())
        poses = {}
        for message in after.messages([topic]):
            decoded = after.decode(message)
            stamp = decoded.header.stamp.sec * bags.SECOND + decoded.header.stamp.nanosec
            assert message.received_ns == stamp + 7_000_000  # with its image
            assert decoded.header.frame_id == "map"
            assert 0 < decoded.pose.covariance[0] < 0.01
            p, q = decoded.pose.pose.position, decoded.pose.pose.orientation
            poses[stamp] = [p.x, p.y, p.z, q.x, q.y, q.z, q.w]
    check_poses(poses)


def test_what_cannot_be_written_is_told_before_the_run(cli, built_map, recorded, tmp_path):
    (tmp_path / "there").mkdir()
    for name, words in (("x.kml", "No trajectory is written as .kml"), ("there", "exists")):
        status, out, err = cli("localize", built_map, recorded / "bag", "--out", tmp_path / name)
        assert (status, out) == (2, "")
        assert words in err
    twice = cli("localize", built_map, recorded / "bag", recorded / "shots", "--out", tmp_path / "new")
    assert "2 inputs cannot be one bag" in twice[2]


def test_a_video_that_cannot_be_decoded_is_named(cli, built_map, tmp_path):
    (tmp_path / "broken.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(500))
    status, _, err = cli("localize", built_map, tmp_path / "broken.mp4")
    assert status == 2
    assert f"The video {tmp_path / 'broken.mp4'} cannot be read: no frame can be decoded" in err


def test_a_cut_video_gives_the_frames_that_it_has(cli, built_map, recorded, tmp_path):
    whole = (recorded / "drive.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) * 6 // 10])
    status, out, _ = cli("localize", built_map, tmp_path / "cut.avi", "--json")
    answers = [json.loads(line) for line in out.splitlines()]
    assert status in (0, 1)
    assert 1 <= len(answers) < 4
    assert answers[0]["answered"]


def test_the_figures_of_eval_are_those_of_evo(cli, built_map, scene, tmp_path):
    """evo's absolute pose error: |t_est - t_true| and the angle of R_true' R_est, without alignment."""
    cli("localize", built_map, scene / "seq-02", "--out", tmp_path / "t.tum")
    cli("eval", built_map, scene, "--source", "7scenes", "--camera", "280,160,120", "--split", "test",
        "--json", tmp_path / "e.json")  # fmt: skip
    told = json.loads((tmp_path / "e.json").read_text())
    numbers = np.array(list(read_tum(tmp_path / "t.tum").values()))
    assert len(numbers) == told["answered"] == 4
    found = [transforms.from_quaternion(row[3:], row[:3]) for row in numbers]
    # As evo's documentation has it: E = inverse(true) @ estimate, its translation's length and its rotation's angle.
    errors = [np.linalg.inv(true) @ pose for true, pose in zip(query_poses(), found, strict=True)]
    metres = [np.linalg.norm(error[:3, 3]) for error in errors]
    degrees = [np.degrees(np.arccos(np.clip((np.trace(error[:3, :3]) - 1) / 2, -1, 1))) for error in errors]
    check_figures(told, metres, degrees)


def test_the_same_by_evo_itself(cli, built_map, scene, tmp_path):
    """Where evo is installed: it brings pandas and seaborn, and so is no dependency of the tests."""
    metrics = pytest.importorskip("evo.core.metrics", reason="pip install evo==1.31.0 compares with evo itself")
    from evo.core.trajectory import PosePath3D

    cli("localize", built_map, scene / "seq-02", "--out", tmp_path / "t.tum")
    cli("eval", built_map, scene, "--source", "7scenes", "--camera", "280,160,120", "--split", "test",
        "--json", tmp_path / "e.json")  # fmt: skip
    told = json.loads((tmp_path / "e.json").read_text())
    numbers = np.array(list(read_tum(tmp_path / "t.tum").values()))
    estimate = PosePath3D(positions_xyz=numbers[:, :3], orientations_quat_wxyz=numbers[:, [6, 3, 4, 5]])
    truth = PosePath3D(poses_se3=query_poses())
    errors = []
    for relation in (metrics.PoseRelation.translation_part, metrics.PoseRelation.rotation_angle_deg):
        ape = metrics.APE(relation)
        ape.process_data((truth, estimate))
        errors.append(ape.error)
    check_figures(told, *errors)


def check_figures(told, metres, degrees):
    assert told["median_translation_m"] == pytest.approx(np.median(metres), abs=2e-8)
    assert told["max_translation_m"] == pytest.approx(np.max(metres), abs=2e-8)
    assert told["median_rotation_deg"] == pytest.approx(np.median(degrees), abs=2e-5)
    assert told["max_rotation_deg"] == pytest.approx(np.max(degrees), abs=2e-5)
    assert told["recall_5cm_5deg"] == np.mean((np.array(metres) <= 0.05) & (np.array(degrees) <= 5))
