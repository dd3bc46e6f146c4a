"""Decode Image and CompressedImage messages of a bag without cv_bridge."""

from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import UInt8
from reloc.errors import BagError, ImageError

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED = "sensor_msgs/msg/CompressedImage"

# encoding: stored channels, bytes per channel, OpenCV's conversion to RGB or gray (None: no conversion)
_ENCODINGS: dict[str, tuple[int, int, int | None]] = {
    "rgb8": (3, 1, None),
    "rgba8": (4, 1, None),
    "rgb16": (3, 2, None),
    "rgba16": (4, 2, None),
    "bgr8": (3, 1, cv2.COLOR_BGR2RGB),
    "bgra8": (4, 1, cv2.COLOR_BGRA2RGB),
    "bgr16": (3, 2, cv2.COLOR_BGR2RGB),
    "bgra16": (4, 2, cv2.COLOR_BGRA2RGB),
    "mono8": (1, 1, None),
    "mono16": (1, 2, None),
    "8UC1": (1, 1, None),
    "8UC3": (3, 1, cv2.COLOR_BGR2RGB),
    "8UC4": (4, 1, cv2.COLOR_BGRA2RGB),
    "16UC1": (1, 2, None),
    "bayer_rggb8": (1, 1, cv2.COLOR_BayerRGGB2RGB),
    "bayer_bggr8": (1, 1, cv2.COLOR_BayerBGGR2RGB),
    "bayer_gbrg8": (1, 1, cv2.COLOR_BayerGBRG2RGB),
    "bayer_grbg8": (1, 1, cv2.COLOR_BayerGRBG2RGB),
    "bayer_rggb16": (1, 2, cv2.COLOR_BayerRGGB2RGB),
    "bayer_bggr16": (1, 2, cv2.COLOR_BayerBGGR2RGB),
    "bayer_gbrg16": (1, 2, cv2.COLOR_BayerGBRG2RGB),
    "bayer_grbg16": (1, 2, cv2.COLOR_BayerGRBG2RGB),
    "yuv422": (2, 1, cv2.COLOR_YUV2RGB_UYVY),
    "uyvy": (2, 1, cv2.COLOR_YUV2RGB_UYVY),
    "yuv422_yuy2": (2, 1, cv2.COLOR_YUV2RGB_YUY2),
    "yuyv": (2, 1, cv2.COLOR_YUV2RGB_YUY2),
}


def peek_header(data: bytes) -> tuple[int, str]:
    """Return the stamp in nanoseconds and the frame of a message that begins with a std_msgs/Header.

    Args:
        data: the message as CDR bytes.

    Raises:
        BagError: the message is too short to hold a header.
    """
    order = "<" if data[1:2] == b"\x01" else ">"
    try:
        seconds, nanoseconds, length = struct.unpack_from(f"{order}iII", data, 4)
        return seconds * 1_000_000_000 + nanoseconds, data[16 : 16 + length].rstrip(b"\0").decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise BagError(
            f"A message of {len(data)} bytes is too short for a header: {error}", "The bag is damaged: record it again"
        ) from error


def to_rgb(message: Any, what: str) -> UInt8:
    """Return a decoded Image or CompressedImage as (H, W, 3) RGB.

    Raises:
        ImageError: the encoding is unknown, the sizes do not match, or the bytes are not an image.
    """
    if not hasattr(message, "encoding"):
        return images.decode(np.asarray(message.data, dtype=np.uint8), what)
    if message.encoding not in _ENCODINGS:
        raise ImageError(f"{what} has the encoding {message.encoding!r}", f"Known: {', '.join(_ENCODINGS)}")
    channels, depth, conversion = _ENCODINGS[message.encoding]
    pixels = _pixels(message, channels, depth, what)
    if conversion is None:
        return images.to_rgb(pixels)
    try:
        return images.to_rgb(np.asarray(cv2.cvtColor(pixels, conversion)))
    except cv2.error as error:
        raise ImageError(f"{what} cannot be converted from {message.encoding}: {error.err}") from error


def _pixels(message: Any, channels: int, depth: int, what: str) -> NDArray[np.unsignedinteger[Any]]:
    """Return an array (H, W) or (H, W, channels) in native byte order, without row padding."""
    height, width, step = int(message.height), int(message.width), int(message.step)
    row = width * channels * depth
    size = len(message.data)
    if height == 1:  # the last row may lack its padding, however long it is declared
        step = min(step, max(row, size))
    if height == 0 or width == 0 or step < row or size < step * (height - 1) + row:
        raise ImageError(
            f"{what} is {width} x {height} {message.encoding} with step {step} and {size} bytes",
            f"A row takes {row} bytes; the message is empty or cut off",
        )
    data = np.asarray(message.data, dtype=np.uint8)
    if size < step * height:  # the last row may lack its padding
        data = np.concatenate([data, np.zeros(step * height - size, np.uint8)])
    rows: NDArray[np.unsignedinteger[Any]] = np.ascontiguousarray(data[: step * height].reshape(height, step)[:, :row])
    if depth == 2:
        rows = rows.view(">u2" if message.is_bigendian else "<u2").astype(np.uint16)
    return rows.reshape(height, width, channels) if channels > 1 else rows.reshape(height, width)
