"""Decode ``sensor_msgs/CompressedImage`` (JPEG, PNG, WebP, ...) to an array."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import UInt8
from reloc.errors import ImageError
from reloc.messages.encodings import BAYER, BAYER_16, LAYOUTS
from reloc.messages.raw_image import Wants
from reloc.parsing import image_header
from reloc.parsing.blame import shown

# The orientation in EXIF data is ignored, because it would turn the image, but not camera_info.
_FLAGS = {
    "gray": cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION,
    "rgb": cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION,
}
_UNCHANGED = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION


def compressed_size(message: Any, what: str = "The image") -> tuple[int, int] | None:
    """Return (width, height) from the data's header, before decoding.

    None for a kind of image whose header is not known; OpenCV limits its pixels.

    Raises:
        ImageError: it is no whole image, or has more pixels than may be decoded.
    """
    data = bytes(message.data)
    _check(message, data, what)
    size, most = image_header.size_of(data), images.most_pixels()
    if size is not None and not 0 < size[0] * size[1] <= most:
        raise ImageError(
            f"{what} claims {size[0]} x {size[1]} pixels; 1 to {most} pixels are decoded", "Send smaller images"
        )
    return size


def decode_compressed(message: Any, wants: Wants, what: str = "The image") -> UInt8:
    """Return (H, W) gray or (H, W, 3) RGB. JPEG is decoded directly to gray if gray is wanted.

    compressed_image_transport packs a Bayer image as it is, one channel, and names the pattern in the format.

    Raises:
        ImageError: as :func:`compressed_size`, or it cannot be decoded.
    """
    compressed_size(message, what)
    pattern = message.format.split(";")[0].strip()
    mosaic = pattern in BAYER or pattern in BAYER_16
    data = np.frombuffer(bytes(message.data), np.uint8)
    try:
        image = cv2.imdecode(data, _UNCHANGED if mosaic else _FLAGS[wants])
        if image is not None and mosaic:
            return _interpolated(image, pattern, wants)
    except (cv2.error, MemoryError) as error:
        raise ImageError(f"{what}: {_describe(message)} cannot be decoded: {error}") from error
    if image is None or image.size == 0:
        raise ImageError(
            f"{what}: {_describe(message)} cannot be decoded: it is no image, or is damaged",
            "JPEG and PNG are sure to work",
        )
    return np.ascontiguousarray(image, dtype=np.uint8)


def _interpolated(image: Any, pattern: str, wants: Wants) -> UInt8:
    if image.ndim == 2:  # if it has colors, the driver already interpolated it
        code = LAYOUTS[pattern].to_rgb
        assert code is not None
        image = cv2.cvtColor(image, code)
    else:
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGB)
    return images.to_gray(image) if wants == "gray" else images.to_rgb(image)


def _check(message: Any, data: bytes, what: str) -> None:
    """Refuse a truncated image. OpenCV would fill the missing part without an error."""
    if not data:
        raise ImageError(f"{what} has no data (0 bytes, format {shown(message.format)})", "Does the driver send any?")
    if "compressedDepth" in message.format:
        raise ImageError(
            f"{what} cannot be used: format {shown(message.format)} is depth, no picture",
            "Choose the topic of the camera's picture",
        )
    if images.is_cut_off(data):
        raise ImageError(f"{what}: {_describe(message)} is cut off", "Record or send it again")


def _describe(message: Any) -> str:
    return f"data of {len(message.data)} bytes in format {shown(message.format)}"
