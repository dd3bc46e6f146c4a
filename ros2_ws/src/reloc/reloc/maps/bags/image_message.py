"""Image and CompressedImage messages of a bag, decoded without cv_bridge."""

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

# encoding: channels as stored, bytes each, OpenCV's conversion to RGB or grey (None: as it is)
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
    """Stamp in nanoseconds and frame of any message that begins with a std_msgs/Header, from its CDR bytes.

    Raises:
        BagError: the bytes are too few.
    """
    order = "<" if data[1:2] == b"\x01" else ">"
    try:
        seconds, nanoseconds, length = struct.unpack_from(f"{order}iII", data, 4)
        return seconds * 1_000_000_000 + nanoseconds, data[16 : 16 + length].rstrip(b"\0").decode()
    except (struct.error, UnicodeDecodeError) as error:
        raise BagError(f"A message of {len(data)} bytes has no header: {error}", "The bag is damaged") from error


def to_rgb(message: Any, what: str) -> UInt8:
    """(H, W, 3) RGB of a decoded Image or CompressedImage.

    Raises:
        ImageError: an encoding that is unknown, sizes that do not fit, or bytes that are no image.
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
    """(H, W) or (H, W, channels), native byte order, without the padding at the end of rows."""
    height, width, step = int(message.height), int(message.width), int(message.step)
    row = width * channels * depth
    size = len(message.data)
    if height == 1:  # its only row's padding may be left out, however long that is said to be
        step = min(step, max(row, size))
    if height == 0 or width == 0 or step < row or size < step * (height - 1) + row:
        raise ImageError(
            f"{what} is {width} x {height} {message.encoding} with step {step} and {size} bytes",
            f"A row takes {row} bytes; a truncated or empty message cannot be used",
        )
    data = np.asarray(message.data, dtype=np.uint8)
    if size < step * height:  # the last row may come without padding
        data = np.concatenate([data, np.zeros(step * height - size, np.uint8)])
    rows: NDArray[np.unsignedinteger[Any]] = np.ascontiguousarray(data[: step * height].reshape(height, step)[:, :row])
    if depth == 2:
        rows = rows.view(">u2" if message.is_bigendian else "<u2").astype(np.uint16)
    return rows.reshape(height, width, channels) if channels > 1 else rows.reshape(height, width)
