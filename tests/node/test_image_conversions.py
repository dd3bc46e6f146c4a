"""Image messages of every kind to what a method wants, and every bad one to Lost."""

import time

import cv2
import numpy as np
import pytest

pytest.importorskip("cv_bridge", reason="ROS 2 is not there: run `make setup`")

from sensor_msgs.msg import CompressedImage, Image

from reloc.datatypes import Lost, LostReason
from reloc_node.conversions import encodings
from reloc_node.conversions.images import to_image

WIDTH, HEIGHT = 64, 48


def picture() -> np.ndarray:
    """RGB with a smooth ramp in each channel: survives JPEG and demosaicing."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    return np.stack([x * 3 + 20, y * 4 + 10, 200 - x - y], axis=2).astype(np.uint8)


def message(array: np.ndarray, encoding: str, *, step: int | None = None, width: int = WIDTH) -> Image:
    row = int(np.prod(array.shape[1:])) * array.itemsize
    out = Image(height=array.shape[0], width=width, encoding=encoding, step=step or row)
    out.data.frombytes(array.tobytes())
    return out


def bayer(rgb: np.ndarray, pattern: str) -> np.ndarray:
    out = np.empty(rgb.shape[:2], rgb.dtype)
    for place, colour in enumerate(pattern):
        out[place // 2 :: 2, place % 2 :: 2] = rgb[place // 2 :: 2, place % 2 :: 2, "rgb".index(colour)]
    return out


def encoded(rgb: np.ndarray, encoding: str) -> Image:
    """``rgb`` in any encoding that is known."""
    wide = rgb.astype(np.uint16) * 257
    alpha = np.full((*rgb.shape[:2], 1), 7, np.uint8)
    if encoding in ("mono8", "8UC1"):
        return message(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), encoding)
    if encoding in ("mono16", "16UC1"):
        return message(cv2.cvtColor(wide, cv2.COLOR_RGB2GRAY), encoding)
    if encoding.startswith("bayer"):
        source = wide if encoding.endswith("16") else rgb
        return message(bayer(source, encoding[6:10]), encoding)
    if encoding in encodings.YUV:
        order = "UYVY" if encoding in ("yuv422", "uyvy") else "YUY2"
        return message(cv2.cvtColor(rgb, getattr(cv2, f"COLOR_RGB2YUV_{order}")), encoding)
    if encoding in encodings.NV:
        yuv = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
        u, v = (plane.reshape(HEIGHT // 2, WIDTH // 2) for plane in np.split(yuv[HEIGHT:].ravel(), 2))
        pairs = np.dstack([v, u] if encoding == "nv21" else [u, v])
        if encoding == "nv24":
            pairs = pairs.repeat(2, axis=0).repeat(2, axis=1)
        out = message(yuv[:HEIGHT], encoding)
        out.data.frombytes(pairs.tobytes())
        return out
    channels = {"rgb": rgb, "bgr": rgb[..., ::-1], "8UC": rgb[..., ::-1]}[encoding[:3]]
    if encoding in ("rgba8", "bgra8", "8UC4"):
        channels = np.concatenate([channels, alpha], axis=2)
    if encoding.endswith("16"):
        channels = channels.astype(np.uint16) * 257
        if "a16" in encoding:
            channels = np.concatenate([channels, alpha.astype(np.uint16) * 257], axis=2)
    return message(np.ascontiguousarray(channels), encoding)


@pytest.mark.parametrize("encoding", encodings.KNOWN)
def test_every_known_encoding_gives_the_same_picture(encoding: str) -> None:
    rgb = picture()
    gray = to_image(encoded(rgb, encoding), "gray")
    assert not isinstance(gray, Lost), gray
    assert gray.shape == (HEIGHT, WIDTH)
    assert gray.dtype == np.uint8
    inner = np.s_[2:-2, 2:-2]  # the border of a Bayer image is not interpolated
    expected = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[inner].astype(float)  # of video, too: the map has full range
    np.testing.assert_allclose(gray[inner].astype(float), expected, atol=4)
    colour = to_image(encoded(rgb, encoding), "rgb")
    assert not isinstance(colour, Lost), colour
    assert colour.shape == (HEIGHT, WIDTH, 3)
    if encoding not in ("mono8", "8UC1", "mono16", "16UC1"):
        np.testing.assert_allclose(colour[inner].astype(int), rgb[inner].astype(int), atol=8)


@pytest.mark.parametrize("padding", [1, 5, 64])
def test_padding_between_rows_is_not_part_of_the_picture(padding: int) -> None:
    rgb = picture()
    rows = np.concatenate([rgb.reshape(HEIGHT, -1), np.full((HEIGHT, padding), 99, np.uint8)], axis=1)
    colour = to_image(message(rows, "rgb8"), "rgb")
    assert not isinstance(colour, Lost)
    np.testing.assert_array_equal(colour, rgb)


def test_big_endian_16_bit() -> None:
    rgb = picture()
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    image = message((gray.astype(">u2") * 257).astype(">u2"), "mono16")
    image.is_bigendian = 1
    out = to_image(image, "gray")
    assert not isinstance(out, Lost)
    np.testing.assert_allclose(out.astype(int), gray.astype(int), atol=1)


def bad_raw() -> dict[str, Image]:
    good = message(picture(), "rgb8")
    cut = message(picture(), "rgb8")
    cut.data = cut.data[:-100]
    return {
        "is no picture": message(picture(), "rgb9"),
        "'' is no picture": message(picture(), ""),
        "'32SC1' is no picture": message(np.zeros((HEIGHT, WIDTH), np.int32), "32SC1"),
        "'32FC1' is no picture": message(np.zeros((HEIGHT, WIDTH), np.float32), "32FC1"),
        "empty": Image(encoding="rgb8"),
        "empty (0 x 48)": Image(encoding="rgb8", height=48, data=good.data),
        "empty (64 x 0)": Image(encoding="rgb8", width=64, step=192, data=good.data),
        "cut off": cut,
        "cut off: 0 bytes": Image(encoding="rgb8", width=64, height=48, step=192),
        "step=100": message(picture(), "rgb8", step=100),
        "shorter than a row": message(cv2.cvtColor(picture(), cv2.COLOR_RGB2GRAY), "rgb8"),
    }


@pytest.mark.parametrize("says", bad_raw())
def test_a_bad_raw_image_is_lost_and_says_why(says: str) -> None:
    lost = to_image(bad_raw()[says], "gray")
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.BAD_IMAGE
    assert says in lost.detail


def compressed(suffix: str, array: np.ndarray, form: str = "") -> CompressedImage:
    out = CompressedImage(format=form or suffix)
    out.data.frombytes(cv2.imencode(f".{suffix}", array)[1].tobytes())
    return out


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
@pytest.mark.parametrize("kind", ["colour", "grey", "alpha", "16 bit"])
def test_compressed_images(suffix: str, kind: str) -> None:
    if suffix != "png" and kind in ("alpha", "16 bit"):
        pytest.skip("the format has none, or OpenCV writes none")
    rgb = picture()
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    source = {
        "colour": rgb[..., ::-1],
        "grey": gray,
        "alpha": cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA),
        "16 bit": rgb[..., ::-1].astype(np.uint16) * 257,
    }[kind]
    out = to_image(compressed(suffix, source), "gray")
    assert not isinstance(out, Lost), out
    np.testing.assert_allclose(out.astype(int), gray.astype(int), atol=6)
    colour = to_image(compressed(suffix, source), "rgb")
    assert not isinstance(colour, Lost)
    assert colour.shape == (HEIGHT, WIDTH, 3)
    if kind != "grey":
        np.testing.assert_allclose(colour.astype(int), rgb.astype(int), atol=12)


@pytest.mark.parametrize("pattern", encodings.BAYER)
def test_a_compressed_bayer_image_is_interpolated(pattern: str) -> None:
    rgb = picture()
    out = to_image(compressed("png", bayer(rgb, pattern[6:10]), f"{pattern}; png compressed {pattern}"), "rgb")
    assert not isinstance(out, Lost)
    np.testing.assert_allclose(out[2:-2, 2:-2].astype(int), rgb[2:-2, 2:-2].astype(int), atol=8)


def bad_compressed() -> dict[str, CompressedImage]:
    jpg, png = compressed("jpg", picture()), compressed("png", picture())
    return {
        "no data": CompressedImage(format="jpeg"),
        "is cut off": CompressedImage(format="jpeg", data=jpg.data[: len(jpg.data) // 2]),
        "'png' is cut off": CompressedImage(format="png", data=png.data[: len(png.data) // 2]),
        "it is no image": CompressedImage(format="jpeg", data=list(b"this is not an image at all")),
        "is depth": CompressedImage(format="16UC1; compressedDepth", data=png.data),
    }


@pytest.mark.parametrize("says", bad_compressed())
def test_a_bad_compressed_image_is_lost_and_says_why(says: str) -> None:
    lost = to_image(bad_compressed()[says], "gray")
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.BAD_IMAGE
    assert says in lost.detail


def test_an_8k_image_is_converted_in_a_moment() -> None:
    image = Image(height=4320, width=7680, encoding="rgb8", step=3 * 7680)
    image.data.frombytes(bytes(3 * 7680 * 4320))
    start = time.perf_counter()
    out = to_image(image, "gray")
    assert not isinstance(out, Lost)
    assert out.shape == (4320, 7680)
    assert time.perf_counter() - start < 2.0
