"""camera_info to a camera, or to the reason why not."""

import math

import pytest

pytest.importorskip("sensor_msgs", reason="ROS 2 is not there: run `make setup`")

from sensor_msgs.msg import CameraInfo

from reloc.datatypes import Lost, LostReason
from reloc.geometry.cameras import Camera, DistortionModel
from reloc_node.conversions.camera_info import CameraInfoConverter, from_camera, to_camera

CAMERAS = [
    Camera(640, 480, 500.0, 501.0, 319.5, 239.5),
    Camera(640, 480, 500.0, 501.0, 319.5, 239.5, DistortionModel.PLUMB_BOB, (0.1, -0.05, 0.001, 0.002, 0.01)),
    Camera(640, 480, 500.0, 501.0, 319.5, 239.5, DistortionModel.RATIONAL, (0.1, 0.2, 0, 0, 0, 0.3, 0, 0)),
    Camera(640, 480, 300.0, 300.0, 319.5, 239.5, DistortionModel.EQUIDISTANT, (0.1, 0.01, 0.001, 0.0001)),
]


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.model.value)
def test_a_camera_comes_back_from_its_message(camera: Camera) -> None:
    assert to_camera(from_camera(camera)) == camera


def test_binning_and_region_of_interest_are_worked_in() -> None:
    info = from_camera(CAMERAS[0])
    info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height = 100, 50, 400, 300
    info.binning_x = info.binning_y = 2
    camera = to_camera(info)
    assert isinstance(camera, Camera)
    assert camera == CAMERAS[0].cropped(100, 50, 400, 300).binned(2, 2)
    assert (camera.width, camera.height) == (200, 150)


def bad() -> dict[str, CameraInfo]:
    out = {}
    for name, change in {
        "fx=0.0": lambda i: i.k.__setitem__(0, 0.0),
        "fx=nan": lambda i: i.k.__setitem__(0, math.nan),
        "cx=nan": lambda i: i.k.__setitem__(2, math.nan),
        "Unknown distortion model": lambda i: setattr(i, "distortion_model", "lumpy") or setattr(i, "d", [1.0]),
        "Image size 0 x 480": lambda i: setattr(i, "width", 0),
        "nan": lambda i: setattr(i, "d", [math.nan] * 5),
    }.items():
        info = from_camera(CAMERAS[0])
        change(info)
        out[name] = info
    out["Image size 0 x 0"] = CameraInfo()
    return out


@pytest.mark.parametrize("says", bad())
def test_bad_intrinsics_are_lost_and_say_why(says: str) -> None:
    converter = CameraInfoConverter()
    converter.update(bad()[says])
    lost = converter.camera_for(640, 480)
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.BAD_CAMERA_INFO
    assert says in lost.detail


def test_missing_then_there_then_of_another_size_then_broken_then_good_again() -> None:
    converter = CameraInfoConverter()
    lost = converter.camera_for(640, 480)
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.NO_CAMERA_INFO
    converter.update(from_camera(CAMERAS[0]))
    assert converter.camera_for(640, 480) == CAMERAS[0]
    lost = converter.camera_for(320, 240)
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.CAMERA_MISMATCH
    assert "320 x 240" in lost.detail
    assert "640 x 480" in lost.detail
    converter.update(CameraInfo())
    assert isinstance(converter.camera_for(640, 480), Lost)
    converter.update(from_camera(CAMERAS[1]))
    assert converter.camera_for(640, 480) == CAMERAS[1]


def test_rectified_images_have_the_camera_p() -> None:
    info = from_camera(CAMERAS[1])
    info.p = [450.0, 0.0, 310.0, 0.0, 0.0, 451.0, 230.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    rectified = Camera(640, 480, 450.0, 451.0, 310.0, 230.0)
    converter = CameraInfoConverter()
    converter.update(info)
    assert converter.camera_for(640, 480) == CAMERAS[1]
    for topic, told, camera in (
        ("/camera/image_rect", False, rectified),
        ("/camera/image_raw", True, rectified),
        ("/camera/image_raw", False, CAMERAS[1]),
        ("/image", False, CAMERAS[1]),
    ):
        converter.expect(topic, told)
        assert converter.camera_for(640, 480) == camera


def test_intrinsics_that_no_lens_has_are_lost() -> None:
    info = from_camera(CAMERAS[0])
    info.k[8] = 0.0
    lost = to_camera(info)
    assert isinstance(lost, Lost)
    assert "last row" in lost.detail
