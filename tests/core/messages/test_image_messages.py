"""The one reading of image messages: video of several layouts, odd sizes, padding, Bayer in compressed formats."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from support import bags

from reloc.errors import ImageError
from reloc.messages.encodings import KNOWN, NV, bytes_per_pixel
from reloc.messages.image import decode_image, image_size

W, H = 16, 12


def picture(width=W, height=H):
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack([60 + 6 * x, 50 + 8 * y, 180 - 3 * x], axis=2).astype(np.uint8)


def nv(rgb, name, padding=0, rows_of_colors=False):
    """A message of that layout, whose pairs of colors are exact at each pixel's place."""
    height, width = rgb.shape[:2]
    even = cv2.copyMakeBorder(rgb, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    yuv = cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420)
    rows, columns = even.shape[:2]
    u, v = (plane.reshape(rows // 2, columns // 2) for plane in np.split(yuv[rows:].ravel(), 2))
    pairs = np.dstack([v, u] if name == "nv21" else [u, v])
    if name == "nv24":
        pairs = pairs.repeat(2, axis=0).repeat(2, axis=1)[:height, :width].reshape(height, width * 2)
    else:
        pairs = pairs.reshape(rows // 2, columns)[:, :width]
    pad = padding * pairs.shape[1] // width
    step = width + padding
    pairs = np.pad(pairs, ((0, 0), (0, pad))).reshape(-1, step)
    data = np.vstack([np.pad(yuv[:height, :width], ((0, 0), (0, padding))), pairs])
    message = bags.image(0, data[:height], name)
    message.width, message.step = width, data.shape[1]
    message.height = len(data) if rows_of_colors else height
    message.data = data.ravel()
    return message


@pytest.mark.parametrize("padding", [0, 5])
@pytest.mark.parametrize("rows_of_colors", [False, True])
@pytest.mark.parametrize("name", NV)
def test_planes_of_video(name, padding, rows_of_colors):
    message = nv(picture(), name, padding, rows_of_colors)
    assert image_size(message) == (W, H)
    rgb = decode_image(message, "rgb")
    np.testing.assert_allclose(rgb.astype(int), picture().astype(int), atol=14)
    grey = cv2.cvtColor(picture(), cv2.COLOR_RGB2GRAY)
    np.testing.assert_allclose(decode_image(message, "gray").astype(int), grey.astype(int), atol=3)


@pytest.mark.parametrize("name", ["nv12", "nv21"])
def test_planes_of_video_of_odd_sizes(name):
    rgb = picture(16, 11)
    found = decode_image(nv(rgb, name), "rgb")
    assert found.shape == (11, 16, 3)
    np.testing.assert_allclose(found.astype(int), rgb.astype(int), atol=20)


@pytest.mark.parametrize("name", NV)
def test_planes_that_are_cut_off(name):
    message = nv(picture(), name)
    message.data = message.data[:-9]
    with pytest.raises(ImageError, match="cut off"):
        decode_image(message, "gray")


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_of_random_sizes_raises_anything_else(name):
    rng = np.random.default_rng(3)
    for _ in range(40):
        message = bags.image(0, picture())
        message.encoding = name
        message.width, message.height, message.step = (int(n) for n in rng.integers(0, 40, 3))
        message.data = rng.integers(0, 256, int(rng.integers(0, 3000))).astype(np.uint8)
        try:
            image = decode_image(message, "rgb")
        except ImageError:
            continue
        assert image.shape == (*image_size(message)[::-1], 3)
    assert bytes_per_pixel(name)


def mosaic(rgb, pattern):
    out = np.zeros(rgb.shape[:2], rgb.dtype)
    for place, color in enumerate(pattern):
        out[place // 2 :: 2, place % 2 :: 2] = rgb[place // 2 :: 2, place % 2 :: 2, "rgb".index(color)]
    return out


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_a_packed_mosaic_is_interpolated_in_bags_as_in_the_node(pattern, wide):
    rgb = picture().astype(np.uint16) * 257 if wide else picture()
    message = bags.compressed(0, cv2.imencode(".png", mosaic(rgb, pattern))[1].tobytes())
    message.format = f"bayer_{pattern}{16 if wide else 8}; png compressed "
    found = decode_image(message, "rgb")
    np.testing.assert_allclose(found[2:-2, 2:-2].astype(int), picture()[2:-2, 2:-2].astype(int), atol=10)


def test_a_mosaic_that_the_driver_interpolated_is_left_as_it_is():
    message = bags.compressed(0, cv2.imencode(".png", picture()[..., ::-1])[1].tobytes())
    message.format = "bayer_rggb8; png compressed bgr8"
    np.testing.assert_array_equal(decode_image(message, "rgb"), picture())


@pytest.mark.parametrize("words", ["32FC1", "16SC1", "h264", "", "rgb9"])
def test_no_picture(words):
    message = bags.image(0, picture())
    message.encoding = words
    with pytest.raises(ImageError, match="is no picture; known are rgb8"):
        decode_image(message, "rgb")
