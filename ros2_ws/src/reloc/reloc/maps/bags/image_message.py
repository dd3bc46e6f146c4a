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
    return decode_image(message, "rgb", what)
