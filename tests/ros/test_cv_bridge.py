"""cv_bridge, the real one or the stand-in: both must pass."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from cv_bridge import CvBridge, CvBridgeError
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

BRIDGE = CvBridge()
RNG = np.random.default_rng(7)
ENCODINGS = [
    ("mono8", np.uint8, ()),
    ("mono16", np.uint16, ()),
    ("rgb8", np.uint8, (3,)),
    ("bgr8", np.uint8, (3,)),
    ("rgba8", np.uint8, (4,)),
    ("bgra8", np.uint8, (4,)),
    ("rgb16", np.uint16, (3,)),
    ("8UC1", np.uint8, ()),
    ("8UC3", np.uint8, (3,)),
    ("16UC1", np.uint16, ()),
    ("32FC1", np.float32, ()),
    ("64FC2", np.float64, (2,)),
    ("bayer_rggb8", np.uint8, ()),
    ("bayer_grbg16", np.uint16, ()),
    ("yuv422_yuy2", np.uint8, (2,)),
]


def noise(dtype: type, *shape: int) -> np.ndarray:
    """Random values over the whole range of an integer type, or 0 to 1."""
    if np.issubdtype(dtype, np.floating):
        return RNG.random(shape).astype(dtype)
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


@pytest.mark.parametrize(("encoding", "dtype", "channels"), ENCODINGS)
def test_there_and_back_is_the_same(encoding: str, dtype: type, channels: tuple[int, ...]) -> None:
    image = noise(dtype, 6, 8, *channels)
    message = BRIDGE.cv2_to_imgmsg(image, encoding)
    assert (message.height, message.width, message.encoding) == (6, 8, encoding)
    assert message.step == image.itemsize * 8 * int(np.prod(channels))
    back = BRIDGE.imgmsg_to_cv2(message)
    assert back.dtype == image.dtype
    np.testing.assert_array_equal(back, image)


def test_passthrough_names_the_type_and_keeps_the_header() -> None:
    header = Header(frame_id="camera")
    message = BRIDGE.cv2_to_imgmsg(noise(np.uint8, 3, 4, 3), header=header)
    assert message.encoding == "8UC3"
    assert message.header.frame_id == "camera"


def test_image_shares_the_memory_of_the_message() -> None:
    message = BRIDGE.cv2_to_imgmsg(np.zeros((3, 4, 3), np.uint8), "bgr8")
    image = BRIDGE.imgmsg_to_cv2(message)
    message.data[0] = 200
    assert image[0, 0, 0] == 200


@pytest.mark.parametrize("channels", [(), (3,)])
def test_padding_at_the_end_of_rows_is_left_out(channels: tuple[int, ...]) -> None:
    image = noise(np.uint8, 5, 7, *channels)
    row = image.reshape(5, -1)
    padding = 3 * int(np.prod(channels))
    padded = np.hstack([row, np.full((5, padding), 99, np.uint8)])
    encoding = "bgr8" if channels else "mono8"
    message = Image(height=5, width=7, step=padded.shape[1], encoding=encoding, data=padded.tobytes())
    np.testing.assert_array_equal(BRIDGE.imgmsg_to_cv2(message), image)


def test_big_endian_becomes_native() -> None:
    image = noise(np.uint16, 4, 5)
    message = BRIDGE.cv2_to_imgmsg(image.astype(">u2"), "mono16")
    assert message.is_bigendian
    back = BRIDGE.imgmsg_to_cv2(message)
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, image)


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("rgb8", "bgr8", cv2.COLOR_RGB2BGR),
        ("bgr8", "rgb8", cv2.COLOR_BGR2RGB),
        ("bgr8", "mono8", cv2.COLOR_BGR2GRAY),
        ("rgba8", "rgb8", cv2.COLOR_RGBA2RGB),
        ("bgra8", "mono8", cv2.COLOR_BGRA2GRAY),
        ("mono8", "bgr8", cv2.COLOR_GRAY2BGR),
        ("yuv422_yuy2", "rgb8", cv2.COLOR_YUV2RGB_YUY2),
        ("yuv422", "bgr8", cv2.COLOR_YUV2BGR_UYVY),
        ("bayer_rggb8", "bgr8", cv2.COLOR_BayerRGGB2BGR),
        ("bayer_bggr8", "rgb8", cv2.COLOR_BayerBGGR2RGB),
        ("bayer_gbrg8", "mono8", cv2.COLOR_BayerGBRG2GRAY),
        ("bayer_grbg8", "rgb8", cv2.COLOR_BayerGRBG2RGB),
    ],
)
def test_conversions_are_those_of_opencv(source: str, target: str, code: int) -> None:
    dtype, channels = BRIDGE.encoding_to_dtype_with_channels(source)
    image = noise(np.dtype(dtype).type, 6, 8, *(() if channels == 1 else (channels,)))
    converted = BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(image, source), target)
    np.testing.assert_array_equal(converted, cv2.cvtColor(image, code))


def test_bayer_tile_has_red_where_its_name_says() -> None:
    mosaic = np.zeros((8, 8), np.uint8)
    mosaic[0::2, 0::2] = 255  # rggb: red is the first pixel
    rgb = BRIDGE.imgmsg_to_cv2(BRIDGE.cv2_to_imgmsg(mosaic, "bayer_rggb8"), "rgb8")
    assert rgb[2:6, 2:6, 0].min() == 255
    assert rgb[2:6, 2:6, 1:].max() == 0


def test_white_stays_white_between_8_and_16_bit() -> None:
    white = BRIDGE.cv2_to_imgmsg(np.full((2, 2), 65535, np.uint16), "mono16")
    assert (BRIDGE.imgmsg_to_cv2(white, "mono8") == 255).all()
    assert (BRIDGE.imgmsg_to_cv2(white, "bgr8") == 255).all()
    white = BRIDGE.cv2_to_imgmsg(np.full((2, 2), 255, np.uint8), "mono8")
    assert (BRIDGE.imgmsg_to_cv2(white, "mono16") == 65535).all()


@pytest.mark.parametrize(
    ("source", "target"), [("32FC1", "bgr8"), ("8UC3", "mono8"), ("bgr8", "8UC1"), ("8UC3", "8UC1")]
)
def test_conversions_without_sense_are_refused(source: str, target: str) -> None:
    dtype, channels = BRIDGE.encoding_to_dtype_with_channels(source)
    image = noise(np.dtype(dtype).type, 2, 2, *(() if channels == 1 else (channels,)))
    message = BRIDGE.cv2_to_imgmsg(image, source)
    with pytest.raises(CvBridgeError):
        BRIDGE.imgmsg_to_cv2(message, target)


def test_unknown_encoding_is_refused() -> None:
    message = Image(height=1, width=1, step=1, encoding="purple8", data=b"\0")
    with pytest.raises(CvBridgeError, match="purple8"):
        BRIDGE.imgmsg_to_cv2(message)
    with pytest.raises(CvBridgeError):
        BRIDGE.cv2_to_imgmsg(np.zeros((2, 2), np.uint8), "bgr8")


def test_truncated_image_is_refused() -> None:
    message = BRIDGE.cv2_to_imgmsg(noise(np.uint8, 4, 4), "mono8")
    message.data = message.data[:10]
    with pytest.raises(TypeError):  # the ROS package raises a plain one
        BRIDGE.imgmsg_to_cv2(message)


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(TypeError):
        BRIDGE.cv2_to_imgmsg([[1, 2], [3, 4]])


def test_compressed_without_loss() -> None:
    image = noise(np.uint8, 6, 8, 3)
    message = BRIDGE.cv2_to_compressed_imgmsg(image, "png")
    assert message.format == "png"
    np.testing.assert_array_equal(BRIDGE.compressed_imgmsg_to_cv2(message), image)
    np.testing.assert_array_equal(BRIDGE.compressed_imgmsg_to_cv2(message, "rgb8"), image[..., ::-1])


def test_compressed_jpeg_is_near() -> None:
    image = np.full((16, 16, 3), (30, 120, 200), np.uint8)
    decoded = BRIDGE.compressed_imgmsg_to_cv2(BRIDGE.cv2_to_compressed_imgmsg(image), "bgr8")
    assert np.abs(decoded.astype(int) - image).max() <= 3


def test_compressed_rubbish_is_none() -> None:
    assert BRIDGE.compressed_imgmsg_to_cv2(CompressedImage(format="jpg", data=b"no image at all")) is None
