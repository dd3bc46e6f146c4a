"""The localizer with a map on its disk: images in; pose, TF and status out."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from support import robot as fake
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot, jpeg, raw, view
from support.tiny_world import CAMERA

from reloc.geometry import transforms
from reloc_msgs.msg import Status
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import NANOSECONDS, to_nanoseconds


@pytest.fixture
def started(processes: Processes, tiny_map: Path, robot: Robot) -> Robot:
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    return robot


def test_a_pose_and_all_that_goes_with_it(started: Robot) -> None:
    robot = started
    debug: list[Image] = []
    health: list[DiagnosticArray] = []
    robot.node.create_subscription(DiagnosticArray, "/diagnostics", health.append, 10)
    assert not robot.map_tf
    status = robot.localize(1)
    metres, radians = robot.error_of(status, 1)
    assert metres < 0.02
    assert radians < 0.01
    pose = robot.pose_of(status)
    assert pose is not None
    assert pose.header.frame_id == "map"
    # Status
    assert status.header.frame_id == "map"
    assert status.state == Status.TRACKING
    assert status.localizer == "features"
    assert len(status.map_content_hash) == 64
    assert status.inliers >= 12
    assert status.matches >= status.inliers
    assert 0 < status.coverage <= 1
    assert 0 < status.reprojection_px < 3
    assert len(status.reference_names) == len(status.reference_similarities) > 0
    stages = dict(zip(status.stage_names, status.stage_ms, strict=True))
    assert {"wait", "convert", "extract", "tf", "gate"} <= set(stages)
    assert sum(stages.values()) <= status.total_ms * 1.05
    assert 0 < status.image_age < 10
    # Covariance: of the base, whose arm from the camera makes position less sure than the camera's own.
    assert robot.spin_until(lambda: any(f.header.stamp == status.header.stamp for f in robot.fixes))
    fix = next(f for f in robot.fixes if f.header.stamp == status.header.stamp)
    covariance = np.asarray(fix.pose.covariance).reshape(6, 6)
    assert np.linalg.eigvalsh(covariance).min() > 0
    assert np.sqrt(np.trace(covariance[:3, :3])) < 0.1
    # TF
    assert robot.spin_until(lambda: len(robot.map_tf) > 5)
    assert transforms.distance_between(robot.map_from_odom(), fake.WORLD_FROM_ODOM) < 0.05
    assert robot.map_tf[-1].header.frame_id == "map"
    # Debug image, now that somebody listens
    robot.node.create_subscription(Image, "localizer/debug_image", debug.append, 1)
    robot.spin(0.5)
    robot.ask(1)
    assert robot.spin_until(lambda: bool(debug))
    assert debug[0].encoding == "rgb8"
    assert debug[0].width > CAMERA.width
    # Diagnostics
    assert robot.spin_until(lambda: any("TRACKING" in s.message for d in health for s in d.status), 5.0)
    values = {v.key: v.value for v in health[-1].status[0].values}
    assert int(values["accepted"]) >= 1
    assert values["lifecycle"] == "active"


def test_tf_is_sent_again_between_fixes_and_dated_ahead(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(
        processes,
        "localizer",
        parameters={"map": tiny_map, "transform_tolerance": 0.5, "tf_rate": 50.0, "gate.lost_after_s": 30.0},
    )
    robot.connect()
    robot.localize(0)
    robot.spin(0.2)
    robot.map_tf.clear()
    start = robot.node.get_clock().now().nanoseconds
    robot.spin(1.0)
    assert 30 <= len(robot.map_tf) <= 60
    stamps = [to_nanoseconds(t.header.stamp) for t in robot.map_tf]
    assert stamps == sorted(stamps)
    ahead = (stamps[0] - start) / NANOSECONDS
    assert 0.45 < ahead < 0.65


def test_compressed_images_from_a_reliable_publisher(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]
) -> None:
    robot = make_robot(reliable=True)
    start_node(processes, "localizer", parameters={"map": tiny_map, "image_transport": "compressed"})
    robot.connect()
    status = robot.localize(2, image=jpeg(view(2)))
    assert robot.error_of(status, 2)[0] < 0.02


def test_tf_falls_silent_where_images_stop(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    """The gate hears nothing any more: map -> odom ends when it would have said LOST."""
    process = start_node(processes, "localizer", parameters={"map": tiny_map, "gate.lost_after_s": 1.5})
    robot.connect()
    robot.localize(0)
    robot.map_tf.clear()
    robot.spin(0.8)
    assert robot.map_tf
    robot.spin(1.2)
    robot.map_tf.clear()
    robot.spin(1.0)
    assert not robot.map_tf
    process.wait_for(r"No image for .* map -> odom is no longer published")
    robot.localize(0)
    assert robot.spin_until(lambda: len(robot.map_tf) > 3)


def test_tf_when_lost_goes_on_where_images_stop(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    parameters = {"map": tiny_map, "gate.lost_after_s": 0.5, "tf_when_lost": True, "gate.look_window_s": 10.0}
    start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    robot.localize(0)
    robot.spin(1.5)
    robot.map_tf.clear()
    robot.spin(0.5)
    assert robot.map_tf


def test_mode_none_publishes_poses_and_needs_no_odometry(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    parameters = {"map": tiny_map, "tf_mode": "none", "odom_frame": "", "tf_timeout": 0.0}
    start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    status = robot.localize(1, with_odom=False)
    assert robot.error_of(status, 1)[0] < 0.02
    robot.spin(0.3)
    assert not robot.map_tf


def bad_images() -> dict[str, Image | CompressedImage]:
    good = raw(view(0))
    cut = raw(view(0))
    cut.data = cut.data[: len(cut.data) // 2]
    short_step, unknown = raw(view(0)), raw(view(0))
    short_step.step = 100
    unknown.encoding = "rgb9"
    depth = Image(height=240, width=320, step=1280, encoding="32FC1")
    depth.data.frombytes(bytes(240 * 1280))
    return {
        "unknown encoding": unknown,
        "no encoding": Image(height=240, width=320, step=960, data=good.data),
        "zero size": Image(encoding="rgb8"),
        "truncated": cut,
        "step": short_step,
        "depth": depth,
    }


def test_bad_images_are_lost_and_the_next_good_one_is_answered(started: Robot) -> None:
    robot = started
    robot.localize(0)
    for name, image in bad_images().items():
        status = robot.ask(0, image=image)
        assert (status.accepted, status.reason) == (False, "bad_image"), name
        assert status.detail, name
    black = robot.ask(0, image=raw(np.zeros_like(view(0))))
    assert black.reason == "too_few_features"
    robot.localize(1)


def test_images_of_other_kinds_are_answered(started: Robot) -> None:
    """mono, 16 bit, Bayer, RGBA: not what the map was built from, but pictures."""
    robot = started
    rgb = view(0)
    robot.localize(0)
    mono, wide = fake.gray(rgb), fake.gray(rgb).astype(np.uint16) * 257
    sixteen = Image(height=240, width=320, step=640, encoding="mono16")
    sixteen.data.frombytes(wide.tobytes())
    alpha = np.concatenate([rgb, np.full((240, 320, 1), 255, np.uint8)], axis=2)
    rgba = Image(height=240, width=320, step=1280, encoding="rgba8")
    rgba.data.frombytes(alpha.tobytes())
    mosaic = rgb[..., 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = rgb[::2, ::2, 0], rgb[1::2, 1::2, 2]
    bayer = raw(mosaic)
    bayer.encoding = "bayer_rggb8"
    for name, image in {"mono": raw(mono), "16 bit": sixteen, "rgba": rgba, "bayer": bayer}.items():
        status = robot.localize(0, image=image)
        assert robot.error_of(status, 0)[0] < 0.03, name


def test_compressed_bad_images_and_an_8k_one(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]
) -> None:
    robot = make_robot(reliable=True)
    # So large an image may be lost with best effort; this is ROS's own way to ask for more.
    reliable = {"qos_overrides./image/compressed.subscription.reliability": "reliable"}
    start_node(processes, "localizer", parameters={"map": tiny_map, "image_transport": "compressed", **reliable})
    robot.connect()
    good = jpeg(view(0))
    for name, image in {
        "empty": CompressedImage(format="jpeg"),
        "truncated": CompressedImage(format="jpeg", data=good.data[: len(good.data) // 2]),
        "not an image": CompressedImage(format="jpeg", data=list(b"%PDF-1.4 and so on")),
        "depth": CompressedImage(format="16UC1; compressedDepth", data=good.data),
    }.items():
        assert robot.ask(0, image=image).reason == "bad_image", name
    robot.localize(0, image=good)  # so that the large one, which takes long to look at, is accepted at once
    large = jpeg(cv2.resize(view(0), (7680, 5760), interpolation=cv2.INTER_CUBIC))
    status = robot.localize(0, image=large, info=from_camera(CAMERA.scaled(7680, 5760)))
    assert robot.error_of(status, 0)[0] < 0.03
    robot.localize(0, image=good)


def test_bad_camera_info_and_its_repair(started: Robot) -> None:
    robot = started
    assert robot.ask(0, with_info=False).reason == "no_camera_info"
    zero, nan = CameraInfo(), from_camera(CAMERA)
    nan.k[0] = float("nan")
    for name, info, reason in (
        ("zero", zero, "bad_camera_info"),
        ("NaN", nan, "bad_camera_info"),
        ("another size", from_camera(CAMERA.scaled(640, 480)), "camera_mismatch"),
    ):
        robot.send(0, info=info)
        robot.spin(0.3)  # calibration and image are two topics: which comes first is not said
        status = robot.ask(0, info=info)
        assert status.reason == reason, name
        assert status.detail, name
    robot.localize(0)


def test_no_odometry_no_mounting_no_stamp(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "localizer", parameters={"map": tiny_map, "tf_timeout": 0.02})
    robot.connect()
    status = robot.ask(0, with_odom=False)
    for _ in range(20):  # until the mounting has come, that is what it misses
        assert (status.reason, status.accepted) == ("no_tf", False)
        if "odom" in status.detail:
            break
        robot.spin(0.2)
        status = robot.ask(0, with_odom=False)
    assert "odom" in status.detail
    status = robot.ask(0, frame_id="unheard_of")
    assert status.reason == "no_tf"
    assert "unheard_of" in status.detail
    assert robot.ask(0, frame_id="").reason == "no_tf"
    assert robot.ask(0, stamp_ns=0).reason == "no_tf"
    assert not robot.map_tf
    robot.localize(0)
