"""Read numpy's files from outside: the header is compared with the file's size before memory is allocated.

numpy evaluates the header as Python and trusts it. Here it must have the one form that numpy writes.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import LARGEST
from reloc.parsing.regular_file import opened, size_of

MOST_AXES = 32
_MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000  # bytes, as numpy itself allows
# Booleans, integers, floats, complex numbers and texts of fixed size; no objects, no records.
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?[?biufcSU][0-9]{0,6})', 'fortran_order': (True|False), "
    rb"'shape': \(((?:[0-9]{1,19}L?, ?)*(?:[0-9]{1,19}L?)?)\), ?\} *\n?"
)


@dataclass(frozen=True, slots=True)
class Header:
    """The checked header of an array file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool  # stored column by column
    offset: int  # bytes before the numbers

    @property
    def size(self) -> int:
        """Smallest size of the whole file in bytes."""
        return self.offset + prod(self.shape) * self.dtype.itemsize


def header_of(stream: BinaryIO, size: int, blame: Blame) -> Header:
    """Read the header at the start of an array file of ``size`` bytes.

    Raises:
        RelocError: the error class of ``blame``; it is not an array file, or declares more than it holds.
    """
    start = stream.read(8)
    if len(start) < 8 or not start.startswith(_MAGIC) or start[6:7] not in (b"\1", b"\2", b"\3"):
        raise blame.refuse("is not an array (.npy): it is empty, cut off or another kind of file")
    field = stream.read(2 if start[6] == 1 else 4)
    length = int.from_bytes(field, "little")
    offset = 8 + len(field) + length
    if length > LONGEST_HEADER or offset > size:
        raise blame.refuse(f"is not an array: a header of {length} bytes in a file of {size}")
    text = stream.read(length)
    match = _HEADER.fullmatch(text)
    if match is None:
        raise blame.refuse(f"is not an array: its header is {shown(text.rstrip())}")
    shape = tuple(int(number.strip(b" L")) for number in match[3].split(b",") if number.strip())
    if (len(shape) == 1 and b"," not in match[3]) or len(shape) > MOST_AXES:  # "(6)" is a number, not a tuple
        raise blame.refuse(f"is not an array: its shape is ({shown(match[3].decode())})")
    header = Header(_dtype(match[1].decode(), blame), shape, match[2] == b"True", offset)
    if header.size > size or any(length > LARGEST for length in shape):
        raise blame.refuse(f"is cut off: it has {size} bytes; {header.size} are needed for {shape} of {header.dtype}")
    return header


def load(path: Path | str, blame: Blame, *, mapped: bool = False) -> NDArray[Any]:
    """Return the array in a file; ``mapped``: read-only, and loaded from disk on access.

    Raises:
        RelocError: the error class of ``blame``; the file is not regular, not an array, or cut off.
    """
    with opened(path, blame) as stream:
        header = header_of(stream, size_of(stream), blame)
        try:
            if mapped:
                order = "F" if header.fortran else "C"
                # a plain view of the memory map: the subclass np.memmap makes every slice slow
                return np.asarray(np.memmap(stream, header.dtype, "r", header.offset, header.shape, order))  # type: ignore[call-overload]
            return _array(stream.read(header.size - header.offset), header, blame)
        except (OSError, ValueError, OverflowError, MemoryError) as error:
            raise blame.refuse(f"cannot be read: {error}") from error


def parse(content: bytes, blame: Blame) -> NDArray[Any]:
    """Return the array in a file's whole content.

    Raises:
        RelocError: the error class of ``blame``.
    """
    stream = io.BytesIO(content)
    header = header_of(stream, len(content), blame)
    return _array(content[header.offset : header.size], header, blame)


def load_bundle(path: Path | str, blame: Blame, most: int = 2**36) -> dict[str, NDArray[Any]]:
    """Return the arrays of an ``.npz`` file by name.

    Args:
        most: largest size of one unpacked array in bytes.

    Raises:
        RelocError: the error class of ``blame``; the file is not regular, not such an archive, or an array in it is
            invalid.
    """
    with opened(path, blame) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                return {
                    info.filename.removesuffix(".npy"): parse(_member(archive, info, most, blame), blame)
                    for info in archive.infolist()
                }
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError,
                MemoryError, OverflowError, KeyError, IndexError) as error:  # fmt: skip
            raise blame.refuse(f"is not an archive of arrays (.npz): {error}") from error


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int, blame: Blame) -> bytes:
    if info.file_size > most:
        raise blame.refuse(f"holds {shown(info.filename)} of {info.file_size} bytes; at most {most} are read")
    with archive.open(info) as member:
        head = member.read(64)
        if len(head) < 8 or not head.startswith(_MAGIC):
            raise blame.refuse(f"holds {shown(info.filename)}, which is not an array")
        return head + member.read(info.file_size)


def _array(content: bytes, header: Header, blame: Blame) -> NDArray[Any]:
    order: Any = "F" if header.fortran else "C"
    if len(content) < header.size - header.offset:
        raise blame.refuse(f"is cut off: {header.offset + len(content)} bytes instead of {header.size}")
    try:
        return np.frombuffer(content, header.dtype, prod(header.shape)).reshape(header.shape, order=order).copy(order)
    except (ValueError, OverflowError) as error:  # an axis of 2**62 beside one of 0
        raise blame.refuse(f"is not an array of shape {header.shape}: {error}") from error


def _dtype(text: str, blame: Blame) -> np.dtype[Any]:
    try:
        dtype = np.dtype(text)
    except (TypeError, ValueError):
        raise blame.refuse(f"is not an array: its numbers are of type {shown(text)}") from None
    if dtype.itemsize == 0:
        raise blame.refuse(f"is not an array: its numbers are of type {shown(text)}, of 0 bytes each")
    return dtype
