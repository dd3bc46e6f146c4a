"""Check that a binary COLMAP model is complete: the counts of each file, followed from entry to entry, must end inside
it.

COLMAP trusts the counts. Behind the end of a truncated file it reads on forever, in C code that ignores Ctrl-C.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from struct import Struct, error

from reloc.errors import SourceError
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import is_there, opened, size_of

FIX = "Copy or export the model again"
_U32, _U64, _RIG, _CAMERA = Struct("<I"), Struct("<Q"), Struct("<II"), Struct("<IiQQ")
_SENSOR, _POSE, _FRAME, _DATA, _POINT2D, _TRACK = 8, 56, 64, 16, 24, 8  # bytes
_IMAGE, _POINT3D = 64, 43  # bytes before the name, and before the track's length
# Number of parameters of each camera model, by its number in COLMAP 4.2.
_PARAMETERS = (3, 4, 4, 5, 8, 8, 12, 5, 4, 5, 12, 16, 4, 5, 3, 4, 6, 2)

Data = mmap.mmap
Step = Callable[[Data, int], int]  # from an entry's start to the next entry


def check_binary(place: Path) -> None:
    """Follow every entry of the model in ``place``. A file that does not exist is skipped.

    Raises:
        SourceError: a file ends before its last entry, or is not a regular file.
    """
    for name, step in _STEPS.items():
        file = place / name
        if is_there(file):
            _follow(file, step)


def _follow(file: Path, step: Step) -> None:
    blame = Blame(str(file), SourceError, FIX)
    with opened(file, blame) as stream:
        size = size_of(stream)
        if size < _U64.size:
            raise blame.refuse(f"is cut off: {size} bytes")
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            (count,) = _U64.unpack_from(data)
            at, number = _U64.size, 0
            try:
                while number < count and at < size:
                    at, number = step(data, at), number + 1
            except _UnknownModelError:
                return
            except (ValueError, IndexError, OverflowError, ArithmeticError, error):
                at = size + 1
    if at > size or number < count:
        raise blame.refuse(f"is cut off or damaged: {size} bytes for {count} entries end in entry {number}")


class _UnknownModelError(Exception):
    """A camera model of a newer COLMAP with an unknown number of parameters; COLMAP may read it itself."""


def _camera(data: Data, at: int) -> int:
    _, model, _, _ = _CAMERA.unpack_from(data, at)
    if not 0 <= model < len(_PARAMETERS):
        raise _UnknownModelError
    return at + _CAMERA.size + 8 * _PARAMETERS[model]


def _image(data: Data, at: int) -> int:
    end = data.find(b"\0", at + _IMAGE)
    if end < 0:
        raise ValueError("a name without an end")
    (points,) = _U64.unpack_from(data, end + 1)
    return int(end + 1 + _U64.size + points * _POINT2D)


def _point(data: Data, at: int) -> int:
    (length,) = _U64.unpack_from(data, at + _POINT3D)
    return int(at + _POINT3D + _U64.size + length * _TRACK)


def _rig(data: Data, at: int) -> int:
    _, sensors = _RIG.unpack_from(data, at)
    at += _RIG.size
    if sensors == 0:
        return at
    at += _SENSOR  # the file that the others are compared with
    for _ in range(sensors - 1):
        at += _SENSOR + 1 + (_POSE if data[at + _SENSOR] else 0)
    return at


def _frame(data: Data, at: int) -> int:
    (sensors,) = _U32.unpack_from(data, at + _FRAME)
    return int(at + _FRAME + _U32.size + sensors * _DATA)


_STEPS: dict[str, Step] = {
    "cameras.bin": _camera,
    "images.bin": _image,
    "points3D.bin": _point,
    "rigs.bin": _rig,
    "frames.bin": _frame,
}
