"""Messages with sizes, numbers and names that no camera, robot or person means: Lost or refused, quickly and small."""

from __future__ import annotations

import io
import itertools
import struct
import tracemalloc
import zlib
from array import array
from contextlib import suppress

import numpy as np
import pytest

pytest.importorskip("reloc_msgs", reason="ROS 2 is not there: run `make setup`")

from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point32, Polygon, Transform
from PIL import Image as Pillow
from rclpy.qos import QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from support.tiny_world import CAMERA

from reloc.datatypes import Lost, LostReason
from reloc.errors import BagTimeError, ConfigError, MapError, PoseError
from reloc.geometry.cameras import Camera
from reloc.maps.bags.reader import BagTopic
from reloc_msgs.action import Relocalize
from reloc_node.conversions.camera_info import CameraInfoConverter, from_camera, to_camera
from reloc_node.conversions.images import to_image
from reloc_node.conversions.poses import from_transform, to_nanoseconds, to_stamp
from reloc_node.map_transfer.served_map import ServedMap
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.wanted import Wanted, read_goal
from reloc_node.replaying.choice import _load_type, _problem
from reloc_node.replaying.offered_qos import override
from reloc_node.replaying.timeline import Timeline

HOSTILE_NUMBERS = [float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 5e-324, -1.0, 0.0]
LIMIT_BYTES = 32 << 20


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int) -> bytes:
    pixels = zlib.compress(b"\0" * 100_000, 9)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def patched(kind: str, find: bytes, put: bytes) -> bytes:
    """A small image of Pillow's with the size in its header changed."""
    out = io.BytesIO()
    Pillow.new("L" if kind != "WEBP" else "RGB", (300, 200)).save(out, kind)
    data = out.getvalue()
    assert find in data
    return data.replace(find, put, 1)


BOMBS = {
    "png": png_bomb(30_000),
    "png_widest": png_bomb(2**31 - 1),
    "png_zero": png_bomb(0),
    "jpeg": patched("JPEG", struct.pack(">HH", 200, 300), struct.pack(">HH", 65_500, 65_500)),
    "bmp": patched("BMP", struct.pack("<ii", 300, 200), struct.pack("<ii", 2**30, 2**30)),
    "gif": patched("GIF", struct.pack("<HH", 300, 200), struct.pack("<HH", 65_535, 65_535)),
    "ppm": b"P6 40000 40000 255\n" + b"\0" * 100,
}


def compressed(data: bytes, form: str = "png") -> CompressedImage:
    message = CompressedImage(format=form)
    message.data = array("B", data)
    return message


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("wants", ["gray", "rgb"])
def test_claimed_sizes_are_refused_before_anything_is_decoded(name: str, wants: str) -> None:
    tracemalloc.start()
    try:
        answer = to_image(compressed(BOMBS[name]), wants)  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.BAD_IMAGE
    assert peak < LIMIT_BYTES


def test_an_image_of_another_size_than_camera_info_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    import cv2

    cameras = CameraInfoConverter()
    cameras.update(from_camera(CAMERA))
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    out = io.BytesIO()
    Pillow.new("L", (CAMERA.width + 1, CAMERA.height)).save(out, "PNG")
    answer = to_image(compressed(out.getvalue()), "gray", cameras.camera_for)
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.CAMERA_MISMATCH
    assert f"{CAMERA.width + 1} x {CAMERA.height}" in answer.detail
    monkeypatch.undo()
    out = io.BytesIO()
    Pillow.new("L", (CAMERA.width, CAMERA.height)).save(out, "PNG")
    decoded = to_image(compressed(out.getvalue()), "gray", cameras.camera_for)
    assert isinstance(decoded, np.ndarray)
    assert decoded.shape == (CAMERA.height, CAMERA.width)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" * 1000, b"GIF89a", b"II*\0" + b"\xff" * 64]
)
@pytest.mark.parametrize("form", ["", "png", "\x1b" * 10_000, "compressedDepth", "bayer_rggb8; jpeg compressed"])
def test_data_that_is_no_image_is_named_shortly(data: bytes, form: str) -> None:
    answer = to_image(compressed(data, form), "gray")
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.BAD_IMAGE
    assert len(answer.detail) < 1000
    assert "\x1b" not in answer.detail


SIDES = [0, 1, 2, 640, 2**16, 2**31, 2**32 - 1]


@pytest.mark.parametrize(("width", "height"), list(itertools.product(SIDES, SIDES)))
def test_sizes_of_raw_images_are_checked_before_a_copy(width: int, height: int) -> None:
    tracemalloc.start()
    try:
        for step, encoding in ((width, "mono8"), (2**32 - 1, "rgb8"), (0, "bgr16"), (3, "\0"), (1, "x" * 10_000)):
            message = Image(width=width, height=height, step=step & 0xFFFFFFFF, encoding=encoding)
            message.data = array("B", b"\0" * 1000)
            answer = to_image(message, "gray")
            if isinstance(answer, Lost):
                assert len(answer.detail) < 1500
            else:
                assert answer.shape == (height, width)
        assert tracemalloc.get_traced_memory()[1] < LIMIT_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", HOSTILE_NUMBERS)
def test_camera_infos_of_hostile_numbers_are_cameras_or_named(number: float) -> None:
    for field, index in (*(("k", i) for i in range(9)), *(("d", i) for i in range(5))):
        message = from_camera(CAMERA)
        values = list(getattr(message, field))
        values[index] = number
        setattr(message, field, values)
        answer = to_camera(message)
        assert isinstance(answer, Camera) or answer.reason is LostReason.BAD_CAMERA_INFO


def test_camera_infos_of_hostile_sizes_are_named() -> None:
    def changed(**changes: object) -> CameraInfo:
        message = from_camera(CAMERA)
        for name, value in changes.items():
            setattr(message, name, value)
        return message

    for message in (
        changed(width=2**32 - 1),
        changed(height=0),
        changed(d=[0.0] * 100_000),
        changed(distortion_model="\x1b" * 100_000),
        changed(binning_x=2**32 - 1, binning_y=2**32 - 1),
        changed(width=2**32 - 1, height=2**32 - 1, binning_x=2**31),
    ):
        answer = to_camera(message)
        assert isinstance(answer, Lost)
        assert answer.reason is LostReason.BAD_CAMERA_INFO
        assert len(answer.detail) < 800
        assert "\x1b" not in answer.detail


SECONDS, NANOSECONDS = [-(2**31), -1, 0, 2**31 - 1], [0, 1, 10**9, 2**32 - 1]


@pytest.mark.parametrize(("sec", "nanosec"), list(itertools.product(SECONDS, NANOSECONDS)))
def test_any_stamp_can_be_sent_on(sec: int, nanosec: int) -> None:
    stamp = to_stamp(to_nanoseconds(Time(sec=sec, nanosec=nanosec)))
    if nanosec < 10**9:
        assert (stamp.sec, stamp.nanosec) == (sec, nanosec)


@pytest.mark.parametrize("number", HOSTILE_NUMBERS)
def test_transforms_of_hostile_numbers_raise_what_is_expected(number: float) -> None:
    for part, name in (("translation", "x"), ("rotation", "x"), ("rotation", "w")):
        message = Transform()
        setattr(getattr(message, part), name, number)
        with suppress(PoseError), np.errstate(all="ignore"):
            assert from_transform(message).shape == (4, 4)


def read(**fields: object) -> Wanted | str:
    goal = Relocalize.Goal(**fields)
    return read_goal(goal, RelocalizeConfig(), "map", lambda frame: Lost(LostReason.NO_TF, "unknown"))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), 3e38, -3e38])
def test_goals_of_hostile_numbers_are_refused_in_words(number: float) -> None:
    corners = [Point32(x=number, y=0.0), Point32(x=1.0, y=1.0), Point32(x=0.0, y=2.0)]
    assert isinstance(read(region=Polygon(points=corners)), str)
    assert isinstance(read(required_certainty=number), str)


def test_goals_that_ask_for_too_much_are_refused_in_words() -> None:
    assert "at most" in str(read(timeout=Duration(sec=2**31 - 1, nanosec=2**32 - 1)))
    assert "timeout" in str(read(timeout=Duration(sec=-(2**31))))
    many = [Point32(x=float(n % 7), y=float(n % 11)) for n in range(20_000)]
    assert "20000 corners" in str(read(region=Polygon(points=many)))
    words = read(region=Polygon(points=many[:5]), region_frame_id="\x1b" + "x" * 100_000)
    assert isinstance(words, str)
    assert len(words) < 500
    assert "\x1b" not in words
    assert isinstance(read(timeout=Duration(sec=24 * 3600)), Wanted)


@pytest.mark.parametrize(
    "name",
    [
        "os/path/join",
        "std_msgs/msg/../String",
        "",
        "/",
        "a/b",
        "std_msgs/msg/__name__",
        "os/msg/x",
        "std_msgs/srv/X",
        "..std_msgs/msg/String",
        ".",
        "std_msgs/msg/..String",
        "\0/msg/X",
    ],
)
def test_types_of_a_bag_import_nothing_but_messages(name: str) -> None:
    assert _load_type(name) is None
    assert _load_type("std_msgs/msg/String").__name__ == "String"


@pytest.mark.parametrize("depth", ["\u00b2", "\u0663", "0", "-1", "1e3", "9" * 30, "1_0", " "])
def test_a_queue_depth_in_other_digits_is_refused(depth: str) -> None:
    topic = BagTopic("/image", "sensor_msgs/msg/Image", 3, ())
    with pytest.raises(ConfigError, match="a depth"):
        override(QoSProfile(depth=5), f"reliable,{depth}", topic)


@pytest.mark.parametrize(
    "path", ["/", "//", "/.", "", ".", "/dev", "/dev/zero", "~nosuchuser/m", "\0", "\ud800", "a" * 300]
)
def test_a_folder_to_serve_that_is_no_map_is_named(path: str) -> None:
    with pytest.raises(MapError):
        ServedMap.open(path, 1 << 16, 0)


@pytest.mark.parametrize("name", ["", "a b", "/a//b", "\0", "/a\0b", "\ud800", "/" + "x" * 500, "9", "~/"])
def test_names_of_topics_are_checked_before_they_are_published(name: str) -> None:
    assert _problem(name)
    assert not _problem("/camera/image_raw")


@pytest.mark.parametrize(("start", "end"), [(-5, 10), (0, 2**62), (2**62, 2**63 - 1), (-(2**63), 2**63 - 1)])
def test_times_of_a_bag_that_ros_cannot_tell_are_named(start: int, end: int) -> None:
    with pytest.raises(BagTimeError):
        Timeline.of_bag(start, end, 0.0, None, 1.0)
    with pytest.raises(ConfigError, match="Nothing is left"):
        Timeline.of_bag(end, start, 0.0, None, 1.0)
