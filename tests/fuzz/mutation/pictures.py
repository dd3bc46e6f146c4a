"""Mutations of images that stay images: other sizes in the header, checksums right."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from random import Random

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
SIDES = (0, 1, 2, 100, 5000, 30000, 65500, 65535, 2**20, 2**31 - 1, 2**32 - 1)


def is_picture(data: bytes) -> bool:
    """Whether it can be mutated here."""
    return data.startswith((PNG, JPEG))


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """The image with another width, height, depth or number of channels in its header."""
    return (_png if data.startswith(PNG) else _jpeg)(bytearray(data), random)


def _png(data: bytearray, random: Random) -> bytes:
    if len(data) < 33:
        return bytes(data)
    if random.random() < 0.7:
        struct.pack_into(">I", data, 16 + 4 * random.randrange(2), random.choice(SIDES))
    else:
        data[24 + random.randrange(5)] = random.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
    struct.pack_into(">I", data, 29, zlib.crc32(data[12:29]))
    return bytes(data)


def _jpeg(data: bytearray, random: Random) -> bytes:
    at = data.find(b"\xff\xc0")
    if at < 0 or at + 10 > len(data):
        return bytes(data)
    if random.random() < 0.8:
        struct.pack_into(">H", data, at + 5 + 2 * random.randrange(2), random.choice(SIDES) & 0xFFFF)
    else:
        data[at + random.choice((4, 9))] = random.choice((0, 1, 2, 4, 12, 255))
    return bytes(data)
