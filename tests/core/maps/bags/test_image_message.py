"""Every encoding to RGB, and messages that are no images."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support import bags
from support.bags import at

from reloc.errors import BagError, ImageError
from reloc.maps.bags.image_message import peek_header, to_rgb

RGB = np.zeros((6, 8, 3), np.uint8) + np.array([200, 100, 30], np.uint8)
RGB[:, 4:] = (20, 60, 220)
ALPHA = np.full((6, 8, 1), 7, np.uint8)
WIDE = RGB.astype(np.uint16) * 256 + 99


def decode(pixels, encoding, **options):
    return to_rgb(bags.image(at(0), np.ascontiguousarray(pixels), encoding, **options), "The image")


@pytest.mark.parametrize(
    ("pixels", "encoding"),
    [
        (RGB, "rgb8"),
        (RGB[..., ::-1], "bgr8"),
        (RGB[..., ::-1], "8UC3"),
        (np.concatenate([RGB, ALPHA], 2), "rgba8"),
        (np.concatenate([RGB[..., ::-1], ALPHA], 2), "bgra8"),
        (WIDE, "rgb16"),
        (WIDE.astype(">u2"), "rgb16"),
        (WIDE[..., ::-1], "bgr16"),
    ],
)
@pytest.mark.parametrize("padding", [0, 6])
def test_colour(pixels, encoding, padding):
    np.testing.assert_array_equal(decode(pixels, encoding, padding=padding), RGB)


@pytest.mark.parametrize(("encoding", "kind"), [("mono8", np.uint8), ("8UC1", np.uint8), ("mono16", np.uint16)])
def test_grey_is_repeated(encoding, kind):
    grey = RGB[..., 0]
    pixels = grey if kind == np.uint8 else grey.astype(np.uint16) * 256
    np.testing.assert_array_equal(decode(pixels, encoding), np.repeat(grey[..., None], 3, axis=2))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_bayer(pattern, bits):
    """The pattern names the colours of the top-left four pixels, row by row."""
    mosaic = np.zeros((6, 8), np.uint8)
    for i, colour in enumerate(pattern):
        y, x = divmod(i, 2)
        mosaic[y::2, x::2] = RGB[y::2, x::2, "rgb".index(colour)]
    pixels = mosaic if bits == 8 else mosaic.astype(np.uint16) * 256
    found = decode(pixels, f"bayer_{pattern}{bits}")
    np.testing.assert_array_equal(found[2:4, 2], RGB[2:4, 2])  # away from the edge between the colours
    np.testing.assert_array_equal(found[2:4, 6], RGB[2:4, 6])


@pytest.mark.parametrize("encoding", ["yuv422", "uyvy", "yuv422_yuy2", "yuyv"])
def test_yuv(encoding):
    y, u, v = (channel.astype(np.uint8) for channel in cv2.split(cv2.cvtColor(RGB, cv2.COLOR_RGB2YUV)))
    # OpenCV's 4:2:2 is studio range, 16 to 235, its COLOR_RGB2YUV is full range.
    y = np.round(y * 219 / 255 + 16).astype(np.uint8)
    chroma = np.where(np.arange(8) % 2 == 0, u, v)
    chroma = np.round((chroma.astype(float) - 128) * 1.0 + 128).clip(0, 255).astype(np.uint8)
    order = [chroma, y] if encoding in ("yuv422", "uyvy") else [y, chroma]
    found = decode(np.dstack(order), encoding).astype(int)
    assert (found[0, 0].argmax(), found[0, 6].argmax()) == (0, 2)  # red stays red, blue stays blue
    assert np.abs(found[:, :4] - found[0, 0]).max() <= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoding": "h264"}, "encoding 'h264'"),
        ({"step": 23}, "step=23"),
        ({"height": 0}, "8 x 0"),
        ({"data": np.zeros(100, np.uint8)}, "100 bytes"),
    ],
)
def test_messages_that_are_no_image(change, words):
    message = bags.image(at(0), RGB)
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(ImageError, match=words):
        to_rgb(message, "The image")


def test_compressed_bytes_that_are_no_image():
    with pytest.raises(ImageError):
        to_rgb(bags.compressed(at(0), b"no image"), "The image")


def test_header_without_decoding():
    assert peek_header(bags.cdr(bags.image(at(1.25), RGB, frame="camera_optical"))) == (at(1.25), "camera_optical")
    with pytest.raises(BagError, match="too short for a header"):
        peek_header(b"\0\1\0\0\1")
