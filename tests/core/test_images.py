"""Images: every kind that is taken, and every kind that is refused by name."""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc import images
from reloc.errors import ConfigError, ImageError

# Smooth, so that JPEG keeps it; each channel differs, so that a swap shows.
V, U = np.mgrid[0:48, 0:64]
RGB = np.stack([2 * U + V, 255 - 3 * U, 80 + 2 * V], axis=-1).astype(np.uint8)
GRAY = RGB[..., 0]
BGR = RGB[..., ::-1]


def encoded(image: np.ndarray, kind: str = ".png", *options: int) -> bytes:
    return bytes(cv2.imencode(kind, image, list(options))[1])


@pytest.mark.parametrize("kind", [".png", ".bmp", ".ppm", ".tiff"])
def test_lossless_files(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"image{kind}"
    file.write_bytes(encoded(BGR, kind))
    np.testing.assert_array_equal(images.load(file), RGB)
    np.testing.assert_array_equal(images.load(str(file)), RGB)


@pytest.mark.parametrize("progressive", [0, 1])
def test_jpeg(progressive: int) -> None:
    data = encoded(BGR, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 98, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert np.abs(images.decode(data).astype(int) - RGB).max() < 25
    assert images.decode(data).mean() == pytest.approx(RGB.mean(), abs=1)


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, lambda b: np.frombuffer(b, np.uint8)])
def test_decode_takes_any_buffer(wrap: object) -> None:
    np.testing.assert_array_equal(images.decode(wrap(encoded(BGR))), RGB)  # type: ignore[operator]


def test_mono_becomes_rgb() -> None:
    np.testing.assert_array_equal(images.decode(encoded(GRAY)), np.stack([GRAY] * 3, axis=-1))


def test_alpha_is_dropped() -> None:
    alpha = np.full((48, 64, 1), 7, np.uint8)
    np.testing.assert_array_equal(images.decode(encoded(np.concatenate([BGR, alpha], axis=-1))), RGB)
    np.testing.assert_array_equal(images.to_rgb(np.concatenate([RGB, alpha], axis=-1)), RGB)


def test_16_bits_become_8_by_256() -> None:
    deep = BGR.astype(np.uint16) * 256 + 255
    np.testing.assert_array_equal(images.decode(encoded(deep)), RGB)
    np.testing.assert_array_equal(images.to_gray(GRAY.astype(np.uint16) * 256), GRAY)
    assert images.to_rgb(np.full((1, 1), 65535, np.uint16)).max() == 255


def test_exif_orientation_is_ignored() -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"  # orientation 6: quarter turn
    jpeg = encoded(BGR, ".jpg")
    turned = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    assert cv2.imdecode(np.frombuffer(turned, np.uint8), cv2.IMREAD_COLOR).shape == (64, 48, 3)  # OpenCV's default
    assert images.decode(turned).shape == (48, 64, 3)


def test_8k() -> None:
    assert images.decode(encoded(np.zeros((4320, 7680), np.uint8))).shape == (4320, 7680, 3)


@pytest.mark.parametrize("kind", [".jpg", ".png", ".bmp", ".ppm"])
@given(share=st.floats(0.0, 0.999))
def test_cut_off_anywhere(kind: str, share: float) -> None:
    data = encoded(BGR, kind)
    with pytest.raises(ImageError):
        images.decode(data[: int(len(data) * share)])


@pytest.mark.parametrize(("kind", "last"), [(".jpg", 1), (".jpg", 2), (".jpg", 40), (".png", 1), (".png", 12)])
def test_cut_off_near_the_end_is_named(kind: str, last: int) -> None:
    with pytest.raises(ImageError, match="cut off"):
        images.decode(encoded(BGR, kind)[:-last])


def test_a_thumbnails_end_is_not_the_images_end() -> None:
    thumbnail = encoded(BGR[:8, :8], ".jpg")
    jpeg = encoded(BGR, ".jpg")
    whole = jpeg[:2] + b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail + jpeg[2:]
    assert images.decode(whole).shape == (48, 64, 3)
    with pytest.raises(ImageError, match="cut off"):
        images.decode(whole[:-30])


@pytest.mark.parametrize("kind", [".jpg", ".png"])
def test_bytes_after_the_end_do_no_harm(kind: str) -> None:
    assert images.decode(encoded(BGR, kind) + b"trailer" * 9).shape == (48, 64, 3)


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"hello, I am no image" * 50, b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4"]
)
def test_no_image(data: bytes) -> None:
    with pytest.raises(ImageError):
        images.decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_at_all(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(ImageError):
            images.decode(start + data)


def test_a_png_that_says_it_has_no_pixel() -> None:
    data = bytearray(encoded(BGR))
    data[16:20] = b"\0\0\0\0"  # the width
    with pytest.raises(ImageError):
        images.decode(data)


def test_float_images_are_refused() -> None:
    with pytest.raises(ImageError, match="float32"):
        images.decode(encoded(BGR.astype(np.float32), ".tiff"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="No image at"):
        images.load(tmp_path / "missing.png")
    with pytest.raises(ImageError, match="Cannot read"):
        images.load(tmp_path)
    with pytest.raises(ImageError, match="Cannot read"):
        images.load("a\0b")
    empty = tmp_path / "empty.jpg"
    empty.touch()
    with pytest.raises(ImageError, match=r"empty\.jpg is empty"):
        images.load(empty)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the super-user may read anything")
def test_files_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "locked.png"
    file.write_bytes(encoded(BGR))
    file.chmod(0)
    with pytest.raises(ImageError, match="Cannot read"):
        images.load(file)


BAD_ARRAYS = [
    np.zeros((0, 5), np.uint8),
    np.zeros((5, 0, 3), np.uint8),
    np.zeros(5, np.uint8),
    np.zeros((5, 5, 2), np.uint8),
    np.zeros((5, 5, 5), np.uint8),
    np.zeros((1, 5, 5, 3), np.uint8),
    np.zeros((5, 5), np.float32),
    np.zeros((5, 5), np.int16),
    np.zeros((5, 5), np.bool_),
]


@pytest.mark.parametrize("function", [images.check, images.to_rgb, images.to_gray])
@pytest.mark.parametrize("array", BAD_ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_that_are_no_image(function: object, array: np.ndarray) -> None:
    with pytest.raises(ImageError):
        function(array)  # type: ignore[operator]


def test_check_returns_the_image_itself() -> None:
    for image in (RGB, GRAY, GRAY[..., None]):
        assert images.check(image) is image or np.shares_memory(images.check(image), image)
    with pytest.raises(ImageError, match="uint16"):
        images.check(GRAY.astype(np.uint16))


def test_to_gray_weighs_the_channels() -> None:
    pure = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert images.to_gray(pure).tolist() == [[76, 150, 29]]
    np.testing.assert_array_equal(images.to_gray(GRAY), GRAY)
    np.testing.assert_array_equal(images.to_gray(GRAY[..., None]), GRAY)


def test_views_and_read_only_arrays_are_taken() -> None:
    view = RGB[::2, ::-1]
    assert not view.flags.c_contiguous
    np.testing.assert_array_equal(images.to_rgb(view), view)
    frozen = RGB.copy()
    frozen.flags.writeable = False
    assert images.to_gray(frozen).shape == (48, 64)


@given(width=st.integers(1, 90), height=st.integers(1, 90), side=st.integers(1, 100))
def test_resize_keeps_the_shape_and_never_enlarges(width: int, height: int, side: int) -> None:
    small = images.resize_to(np.zeros((height, width, 3), np.uint8), side)
    assert max(small.shape[:2]) == min(side, max(width, height))
    assert small.shape[2] == 3
    assert min(small.shape[:2]) >= 1
    share = small.shape[1] / width if width > height else small.shape[0] / height
    assert abs(small.shape[0] - height * share) <= 1
    assert abs(small.shape[1] - width * share) <= 1


def test_resize_averages() -> None:
    checkers = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = images.resize_to(checkers, 16)
    assert small.shape == (16, 16)
    assert np.abs(small.astype(int) - 128).max() <= 1
    with pytest.raises(ImageError):
        images.resize_to(checkers, 0)


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says that size, whole by its structure."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_a_size_that_is_not_the_expected_one_is_refused_before_decoding() -> None:
    data = encoded(np.zeros((20, 30, 3), np.uint8))
    assert images.decode(data, expected=(30, 20)).shape == (20, 30, 3)
    with pytest.raises(ImageError, match="It is 30 x 20 pixels, but 640 x 480 is expected"):
        images.decode(data, "It", expected=(640, 480))
    with pytest.raises(ImageError, match="30000 x 30000 pixels, but 640 x 480 is expected"):
        images.check_encoded(png(30000, 30000), expected=(640, 480))


def test_what_was_decoded_is_compared_too(monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(cv2.imencode(".png", np.zeros((20, 30, 3), np.uint8))[1])
    for told in (None, (64, 48)):  # a kind whose header is unknown, and a header that lies
        monkeypatch.setattr(images.image_header, "size_of", lambda encoded, told=told: told)
        with pytest.raises(ImageError, match="30 x 20 pixels, but 64 x 48 is expected"):
            images.decode(data, expected=(64, 48))
        with pytest.raises(ImageError, match="megapixels"):
            images.decode(data, max_pixels=500)


def test_more_pixels_than_allowed() -> None:
    data = encoded(np.zeros((20, 30, 3), np.uint8))
    assert images.decode(data, max_pixels=600).shape == (20, 30, 3)
    with pytest.raises(ImageError, match="30 x 20, 0 megapixels"):
        images.decode(data, max_pixels=599)


def test_a_bomb_costs_no_memory(tmp_path: Path) -> None:
    bomb = png(30000, 30000, zlib.compress(bytes(10**6)))
    (tmp_path / "bomb.png").write_bytes(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for read in (images.load, images.load_size, images.load_unchanged):
        with pytest.raises(ImageError, match=r"30000 x 30000, 900 megapixels; at most 67 .*OPENCV_IO_MAX_IMAGE_PIXELS"):
            read(tmp_path / "bomb.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_opencv_itself_has_the_limit() -> None:
    """For kinds of images whose header is not read here, and for those who call OpenCV by themselves."""
    code = (
        "import reloc.datatypes, cv2, numpy as np\n"
        "data = np.frombuffer(b'P5 9000 9000 255\\n' + bytes(1000), np.uint8)\n"
        "try: print(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))\n"
        "except cv2.error as error: print('refused', 'CV_IO_MAX_IMAGE_PIXELS' in str(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "refused True" in done.stdout


@pytest.mark.parametrize("text", ["x", "0", "-1", "1e9", "9" * 5000])
def test_a_limit_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("OPENCV_IO_MAX_IMAGE_PIXELS", text)
    with pytest.raises(ConfigError, match="OPENCV_IO_MAX_IMAGE_PIXELS"):
        images.most_pixels()
    monkeypatch.setenv("OPENCV_IO_MAX_IMAGE_PIXELS", "200000000")
    assert images.most_pixels() == 200_000_000


@pytest.mark.parametrize("name", ["OPENCV_IO_MAX_IMAGE_PIXELS", "OPENCV_IO_MAX_IMAGE_WIDTH"])
@pytest.mark.parametrize(("text", "named"), [("x", True), ("-1", True), ("1e9", True), ("9" * 40, True), ("", False)])
def test_a_limit_of_the_environment_that_is_none_ends_no_process(name: str, text: str, named: bool) -> None:
    """OpenCV aborts the process when it is first imported with such a value."""
    code = "from reloc import images; import cv2, numpy as np; print('imported', flush=True)\n"
    code += "images.decode(bytes(cv2.imencode('.png', np.zeros((2, 2), np.uint8))[1])); print('decoded')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {name: text})
    assert done.stdout.split() == (["imported"] if named else ["imported", "decoded"])
    assert (f"ConfigError: {name} is" in done.stderr) == named


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_no_pixels(size: tuple[int, int]) -> None:
    with pytest.raises(ImageError):
        images.decode(png(*size))
