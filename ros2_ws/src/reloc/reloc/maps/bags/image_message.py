"""Image and CompressedImage messages of a bag."""

from __future__ import annotations

import struct
from typing import Any

from reloc.datatypes import UInt8
from reloc.errors import BagError
from reloc.messages.image import decode_image

IMAGE = "sensor_msgs/msg/Image"
COMPRESSED = "sensor_msgs/msg/CompressedImage"


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
    return decode_image(message, "rgb", what)
