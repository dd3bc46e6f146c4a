"""Read the size of an encoded image from its header, without decoding or allocating it.

It knows JPEG, PNG, WebP, BMP, TIFF, PNM, GIF, JPEG 2000 and Sun raster. Pillow would read more kinds. But it allocates
a WebP's whole canvas, takes 40 ms to import and 0.1 ms per image. Unknown kinds (AVIF, OpenEXR, Radiance) are left to
the decoder's own limit, which :mod:`reloc` sets.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

Size = tuple[int, int]  # width, height

# In a JPEG's entropy-coded data FF comes before 00 (a stuffed byte), a restart or another FF; otherwise it is a marker.
JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frames; the others are tables
_JPEG_ALONE = 0x01  # a marker without a length; a wrong one would lead past the size that is decoded
_PNM = re.compile(rb"P[1-6](?:\s|#[^\r\n]*[\r\n])+([0-9]{1,10})(?:\s|#[^\r\n]*[\r\n])+([0-9]{1,10})")
_PAM = re.compile(rb"WIDTH\s+([0-9]{1,10})[\s\S]*?HEIGHT\s+([0-9]{1,10})")
_PFM = re.compile(rb"P[Ff]\s+([0-9]{1,10})\s+([0-9]{1,10})")
_JP2_SIZE = re.compile(rb"\xff\x4f\xff\x51")  # a code stream's start and its size marker
_TIFF_WIDTH, _TIFF_HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_TIFF_FORMATS = {1: "B", 3: "H", 4: "I", 16: "Q"}
_MOST_TAGS = 4096


def size_of(encoded: bytes) -> Size | None:
    """Return (width, height) from the header; None if the kind is unknown, or the header is cut off.

    For a TIFF with tiles larger than the image it is the tile's size, because that is decoded.
    """
    for starts, read in _READERS:
        if encoded.startswith(starts):
            try:
                return read(encoded)
            except (struct.error, IndexError, KeyError, OverflowError):  # an offset beyond 2**63
                return None
    return None


def _png(data: bytes) -> Size | None:
    return _pair(">II", data, 16) if data[12:16] == b"IHDR" else None


def _jpeg(data: bytes) -> Size | None:
    at = 2
    while (marker := JPEG_MARKER.search(data, at)) is not None:
        at = marker.end()
        if data[at - 1] in _JPEG_SIZES:
            height, width = _pair(">HH", data, at + 3)
            return width, height
        if data[at - 1] in (0xD8, 0xD9, 0xDA):
            return None
        if data[at - 1] == _JPEG_ALONE:
            continue
        at += int.from_bytes(data[at : at + 2], "big")
    return None


def _webp(data: bytes) -> Size | None:
    kind = data[12:16]
    if data[8:12] != b"WEBP":
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = _pair("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _bmp(data: bytes) -> Size:
    if struct.unpack_from("<I", data, 14)[0] == 12:  # OS/2
        return _pair("<HH", data, 18)
    width, height = _pair("<ii", data, 18)
    return abs(width), abs(height)  # below zero: from the top


def _tiff(data: bytes) -> Size | None:
    order = "<" if data.startswith(b"II") else ">"
    (kind,) = struct.unpack_from(f"{order}H", data, 2)
    big = kind == 43
    (first,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", data, 8 if big else 4)
    if first >= len(data):  # beyond 2**63: not a valid offset
        return None
    (count,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", data, first)
    head, entry, inline = (8, 20, 12) if big else (2, 12, 8)
    found: dict[int, int] = {}
    for number in range(min(count, _MOST_TAGS)):
        at = first + head + number * entry
        tag, form = struct.unpack_from(f"{order}HH", data, at)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT, _TILE_WIDTH, _TILE_HEIGHT):
            (value,) = struct.unpack_from(f"{order}{_TIFF_FORMATS[form]}", data, at + inline)
            found[tag] = max(value, found.get(tag, 0))  # decoders take one of several; which one is theirs to know
    width, height = found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
    tile = found.get(_TILE_WIDTH, 0), found.get(_TILE_HEIGHT, 0)
    return tile if tile[0] * tile[1] > 4096 * 4096 and tile[0] * tile[1] > width * height else (width, height)


def _pnm(data: bytes) -> Size | None:
    pattern = _PAM if data.startswith(b"P7") else _PFM if data[:2] in (b"PF", b"Pf") else _PNM
    match = pattern.match(data) if pattern is not _PAM else pattern.search(data, 0, 4096)
    return (int(match[1]), int(match[2])) if match else None


def _gif(data: bytes) -> Size:
    return _pair("<HH", data, 6)


def _jp2(data: bytes) -> Size | None:
    sizes = []
    for start in _JP2_SIZE.finditer(data, 0, 2**20):  # boxes before the code stream may hold a false one
        right, bottom, left, top = struct.unpack_from(">IIII", data, start.start() + 8)
        sizes.append((right - left, bottom - top))
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _sun(data: bytes) -> Size:
    return _pair(">II", data, 4)


def _pair(form: str, data: bytes, at: int) -> Size:
    first, second = struct.unpack_from(form, data, at)
    return int(first), int(second)


_READERS: tuple[tuple[tuple[bytes, ...], Callable[[bytes], Size | None]], ...] = (
    ((b"\xff\xd8\xff",), _jpeg),
    ((b"\x89PNG\r\n\x1a\n",), _png),
    ((b"RIFF",), _webp),
    ((b"BM",), _bmp),
    ((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _tiff),
    (tuple(b"P%c" % kind for kind in b"1234567Ff"), _pnm),
    ((b"GIF8",), _gif),
    ((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51"), _jp2),
    ((b"\x59\xa6\x6a\x95",), _sun),
)
