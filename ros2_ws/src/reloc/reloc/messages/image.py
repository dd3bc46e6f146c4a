"""Read raw or compressed image messages."""

from __future__ import annotations

from typing import Any

from reloc.datatypes import UInt8
from reloc.messages.compressed_image import compressed_size, decode_compressed
from reloc.messages.raw_image import Wants, decode_raw, raw_size


def image_size(message: Any, what: str = "The image") -> tuple[int, int] | None:
    """Return the declared (width, height) of an Image or CompressedImage, before decoding; None if not known yet.

    Raises:
        ImageError: it is no picture, or is not whole.
    """
    return raw_size(message, what) if hasattr(message, "encoding") else compressed_size(message, what)


def decode_image(message: Any, wants: Wants, what: str = "The image") -> UInt8:
    """Return the picture of an Image or CompressedImage: (H, W) gray or (H, W, 3) RGB.

    Raises:
        ImageError: as :func:`image_size`, or it cannot be decoded.
    """
    if hasattr(message, "encoding"):
        return decode_raw(message, wants, what)
    return decode_compressed(message, wants, what)
