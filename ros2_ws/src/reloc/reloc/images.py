"""Decode images, check them, and convert them to 8 bits.

Pixels are taken as stored. An orientation in EXIF is ignored, because intrinsics belong to the sensor's rows and
columns. 16 bits become 8 by dropping the low byte (value / 256, rounded down). Alpha is dropped; gray is repeated in
three channels. Every failure is an :class:`reloc.errors.ImageError`.

The size in an image's header is checked before decoding: a file of 1 MB can hold 30,000 x 30,000 pixels and need
gigabytes. The limit is OpenCV's environment variable OPENCV_IO_MAX_IMAGE_PIXELS. If it is not set, :mod:`reloc` sets it
to 2**26 (67 megapixels).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.errors import ConfigError, ImageError
from reloc.opencv_limit import DEFAULT_MOST_PIXELS, LIMIT_VARIABLE, refused
from reloc.parsing import image_header
from reloc.parsing.blame import Blame, shown
from reloc.parsing.image_header import JPEG_MARKER
from reloc.parsing.numbers import whole
from reloc.parsing.regular_file import read_bytes

UInt8 = NDArray[np.uint8]
Image = NDArray[np.generic]

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


def load(path: Path | str, expected: tuple[int, int] | None = None, max_pixels: int | None = None) -> UInt8:
    """Read the image in a file as (H, W, 3) RGB.

    Args:
        path: a regular file.
        expected: (width, height) in pixels that the image must have; None: any.
        max_pixels: highest allowed number of pixels; None: :func:`most_pixels`.

    Raises:
        ImageError: the file is missing, unreadable, not a complete image, or the image has another size.
    """
    return decode(_content(path), str(path), expected, max_pixels)


def load_size(path: Path | str) -> tuple[int, int]:
    """Return (width, height) of the image in a file. It is decoded only if its header does not tell.

    Raises:
        ImageError: as :func:`load`.
    """
    content = _content(path)
    check_encoded(content, str(path))
    size = image_header.size_of(content)
    if size is not None:
        return size
    height, width = decode(content, str(path)).shape[:2]
    return width, height


def load_unchanged(path: Path | str) -> Image:
    """Read the image in a file with depth and channels as stored (OpenCV's order), for example 16 bits of depth.

    Raises:
        ImageError: as :func:`load`.
    """
    pixels: Image = _pixels(_content(path), str(path), None, None)
    return pixels


def decode(
    data: bytes | bytearray | memoryview | UInt8,
    what: str = "The image",
    expected: tuple[int, int] | None = None,
    max_pixels: int | None = None,
) -> UInt8:
    """Decode bytes (JPEG, PNG and what else OpenCV reads) to an image (H, W, 3) RGB.

    Args:
        data: the file's content.
        what: how a message names the image.
        expected: (width, height) in pixels that the image must have; None: any.
        max_pixels: highest allowed number of pixels; None: :func:`most_pixels`.

    Raises:
        ImageError: the bytes are empty, not an image or cut off, or the image has another size or a kind that
            :func:`to_rgb` refuses.
    """
    encoded = bytes(data)
    pixels = _pixels(encoded, what, expected, max_pixels)
    order = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}.get(pixels.shape[2] if pixels.ndim == 3 else 1)
    if order is not None and pixels.dtype in (np.uint8, np.uint16):
        pixels = cv2.cvtColor(pixels, order)
    try:
        return to_rgb(pixels)
    except ImageError as error:
        raise ImageError(f"{what} cannot be used: {error.problem}", error.fix) from error


def check_encoded(
    data: bytes, what: str = "The image", expected: tuple[int, int] | None = None, max_pixels: int | None = None
) -> None:
    """Check encoded bytes before decoding: whether they are complete, and how many pixels they hold.

    Args:
        data: the file's content.
        what: how a message names the image.
        expected: (width, height) in pixels that the image must have, for example camera_info's; None: any.
        max_pixels: highest allowed number of pixels; None: :func:`most_pixels`.

    Raises:
        ImageError: the bytes are empty or cut off, or the image has another size.
    """
    if not data:
        raise ImageError(f"{what} is empty (0 bytes)", "Write or send it again")
    size = image_header.size_of(data)
    if size is not None:
        _check_size(size, what, expected, most_pixels() if max_pixels is None else max_pixels)
    if is_cut_off(data):
        raise ImageError(f"{what} is cut off after {len(data)} bytes", "Write or send it again")


def most_pixels() -> int:
    """Return the default limit of an image's pixels: OPENCV_IO_MAX_IMAGE_PIXELS, or 2**26.

    Raises:
        ConfigError: the variable is not a number.
    """
    fix = "Set it to a number of pixels, for example 200000000"
    for name, limit in refused.items():
        raise Blame(name, ConfigError, fix).refuse(f"is {shown(limit)}: a number is expected")
    text = os.environ.get(LIMIT_VARIABLE, "")
    blame = Blame(LIMIT_VARIABLE, ConfigError, fix)
    return whole(text, blame, 1) if text else DEFAULT_MOST_PIXELS


def _check_size(size: tuple[int, int], what: str, expected: tuple[int, int] | None, most: int) -> None:
    width, height = size
    if min(size) < 1:
        raise ImageError(f"{what} is {width} x {height} pixels", "Width and height must be at least 1")
    if expected is not None and size != tuple(expected):
        raise ImageError(
            f"{what} is {width} x {height} pixels, but {expected[0]} x {expected[1]} is expected",
            "Give the camera of these images",
        )
    if width * height > most:
        megapixels = f"{width * height / 1e6:.0f} megapixels; at most {most / 1e6:.0f} are decoded"
        raise ImageError(
            f"{what} is {width} x {height}, {megapixels}",
            f"Scale it down, or set {LIMIT_VARIABLE}={width * height} before the program starts",
        )


def _content(path: Path | str) -> bytes:
    fix = "Give a file that this user may read"
    blame = Blame("Cannot read", ImageError, fix, missing=_AbsentError, verdict=str(path))
    try:
        return read_bytes(path, blame)
    except _AbsentError:
        raise ImageError(f"No image at {path}", "Check whether a folder was moved or unmounted") from None


class _AbsentError(ImageError):
    """Raise the error for a missing file."""


def _pixels(encoded: bytes, what: str, expected: tuple[int, int] | None, max_pixels: int | None) -> Any:
    check_encoded(encoded, what, expected, max_pixels)
    try:
        # UNCHANGED leaves depth, channels and orientation as they are.
        pixels = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        fix = f"Check that it has no more pixels than {LIMIT_VARIABLE} allows ({most_pixels()})"
        raise ImageError(f"{what} cannot be decoded: {error.err}", fix) from error
    if pixels is None:
        raise ImageError(
            f"{what} is not an image, or it is damaged ({len(encoded)} bytes that start with {encoded[:4]!r})",
            "Use JPEG or PNG",
        )
    height, width = pixels.shape[:2]  # what was decoded counts, whatever the header says
    _check_size((width, height), what, expected, most_pixels() if max_pixels is None else max_pixels)
    return pixels


def check(image: Image) -> UInt8:
    """Return ``image`` itself, if it is (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) uint8 with at least one pixel.

    Raises:
        ImageError: it is not.
    """
    _check_shape(image)
    if image.dtype != np.uint8:
        raise ImageError(
            f"The image has the type {image.dtype}", "Convert it to 8 bits first: reloc.images.to_rgb or to_gray"
        )
    return image.astype(np.uint8, copy=False)


def to_rgb(image: Image) -> UInt8:
    """Return (H, W, 3) uint8 RGB of a gray, RGB or RGBA image of 8 or 16 bits.

    Raises:
        ImageError: it has another shape or type, or no pixel.
    """
    pixels = to_8_bit(image)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    return np.ascontiguousarray(pixels[..., :3])


def to_gray(image: Image) -> UInt8:
    """Return (H, W) uint8 of a gray, RGB or RGBA image of 8 or 16 bits (0.299 R + 0.587 G + 0.114 B).

    Raises:
        ImageError: it has another shape or type, or no pixel.
    """
    pixels = to_8_bit(image)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.ascontiguousarray(pixels.reshape(pixels.shape[:2]))
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def to_8_bit(image: Image) -> UInt8:
    """Return ``image`` with 8 bits and its channels, (H, W) or (H, W, C); itself if it has 8 bits already.

    Raises:
        ImageError: it has another shape or type, or no pixel.
    """
    _check_shape(image)
    if image.dtype == np.uint16:
        return (image.astype(np.uint16, copy=False) >> 8).astype(np.uint8)
    if image.dtype != np.uint8:
        raise ImageError(f"The image has the type {image.dtype}", "Use 8 or 16 bit unsigned integers")
    return image.astype(np.uint8, copy=False)


def resize_to(image: UInt8, max_side: int) -> UInt8:
    """Shrink the image by averaging until its longer side has at most ``max_side`` pixels; never enlarge it.

    Its camera is ``camera.scaled(width, height)`` with the result's size.

    Raises:
        ImageError: it is not an 8-bit image, or ``max_side`` is not positive.
    """
    check(image)
    if max_side < 1:
        raise ImageError(f"Cannot resize to a side of {max_side} pixels", "It must be at least 1")
    height, width = image.shape[:2]
    share = max_side / max(height, width)
    if share >= 1.0:
        return image
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _check_shape(image: Image) -> None:
    if image.size == 0:
        raise ImageError(f"The image of shape {image.shape} has no pixel", "Width and height must be at least 1")
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] in (1, 3, 4)):
        raise ImageError(
            f"The image has the shape {image.shape}", "It must be (H, W), or (H, W, C) with 1, 3 or 4 channels"
        )


def is_cut_off(encoded: bytes) -> bool:
    """Return whether a JPEG or PNG ends early; decoders fill the rest with gray without an error.

    The end is found by walking the file's structure: a JPEG's EXIF thumbnail has an end marker of its own, and bytes
    may follow the real one.
    """
    if encoded.startswith(_JPEG):
        return not _jpeg_is_whole(encoded)
    if encoded.startswith(_PNG):
        return not _png_is_whole(encoded)
    return False


def _jpeg_is_whole(encoded: bytes) -> bool:
    at = 2
    while (marker := JPEG_MARKER.search(encoded, at)) is not None:
        at = marker.end()
        if encoded[at - 1] == 0xD9:  # EOI
            return True
        # Every other marker starts a segment of known length; after a scan's header its data follows.
        at += int.from_bytes(encoded[at : at + 2], "big")
    return False


def _png_is_whole(encoded: bytes) -> bool:
    at = len(_PNG)
    while at + 12 <= len(encoded):
        length, kind = int.from_bytes(encoded[at : at + 4], "big"), encoded[at + 4 : at + 8]
        at += 12 + length  # length and name before, checksum after the data
        if kind == b"IEND":
            return at <= len(encoded)
    return False
