"""The arrays of an index, as a map stores them, and their checks.

| Array | Form | Content |
|---|---|---|
| `version` | int64 (1,) | of this form |
| `read` | int64 (1,) | the second step of a search reads this many references |
| `compared` | int64 (1,) | a search compares this many candidates in full |
| `recall` | float32 (1,) | share of the references that it should find, measured by the build |
| `flips` | int8 (R,) | 1 or -1: the rotation of descriptors from D to R numbers, see `rotation.py` |
| `projection` | float32 (R, P) | the first step's numbers of rotated descriptors |
| `lengths` | float32 (N,) | length of each reference's stored descriptor, in steps of its int8 |
| `rows` | uint8 (N, P / 8 + R / 8) | signs of each reference: the first step's, then those of its rotated descriptor |

They are plain arrays, and no file of FAISS: a damaged file of FAISS can end the process that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.compact_index.rotation import Rotation
from reloc.compact_index.rows import Rows
from reloc.datatypes import Float32, Int8
from reloc.errors import MapIncompleteError, MapVersionError

INDEX_VERSION = 2
_AGAIN = "Build or fetch the map again"
_KINDS = {"flips": np.int8, "projection": np.float32, "lengths": np.float32}


@dataclass(frozen=True, slots=True, eq=False)
class IndexArrays:
    """All arrays but the rows. They fit together."""

    flips: Int8
    projection: Float32
    lengths: Float32
    read: int
    compared: int
    recall: float

    @property
    def rotation(self) -> Rotation:
        """Rotation of descriptors."""
        return Rotation(self.flips)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return them by name, with the version of their form."""
        arrays = {name: np.asarray(getattr(self, name)) for name in _KINDS}
        numbers = {"read": self.read, "compared": self.compared, "version": INDEX_VERSION}
        arrays |= {name: np.array([number], np.int64) for name, number in numbers.items()}
        return arrays | {"recall": np.array([self.recall], np.float32)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], rows: Rows, references: int, where: str) -> IndexArrays:
        """Check what a map stores, which :func:`check_version` passed.

        Args:
            rows: the array `rows`.
            references: how many the map has.
            where: name of the index in errors.

        Raises:
            MapIncompleteError: an array is missing, of another form, or holds impossible values.
        """
        _check_forms(arrays, rows, references, where)
        recall = arrays.get("recall", np.zeros(0))
        found = cls(
            **{name: arrays[name] for name in _KINDS},
            read=min(max(_number(arrays, "read", where), 1), references),
            compared=min(max(_number(arrays, "compared", where), 1), references),
            recall=float(recall[0]) if recall.shape == (1,) else 0.0,
        )
        if (np.abs(found.flips) != 1).any():
            raise MapIncompleteError(f"{where}: flips holds other numbers than 1 and -1", _AGAIN)
        for name in ("projection", "lengths"):
            if not np.isfinite(getattr(found, name)).all():
                raise MapIncompleteError(f"{where}: {name} holds numbers that are not finite", _AGAIN)
        return found


def check_version(arrays: Mapping[str, NDArray[Any]], where: str) -> None:
    """Check that this reloc reads an index.

    Raises:
        MapVersionError: another version wrote it.
        MapIncompleteError: it states no version.
    """
    version = _number(arrays, "version", where)
    if version != INDEX_VERSION:
        fix = "Update reloc" if version > INDEX_VERSION else "Build the map again"
        raise MapVersionError(f"{where} has version {version}; this reloc reads version {INDEX_VERSION}", fix)


def _number(arrays: Mapping[str, NDArray[Any]], name: str, where: str) -> int:
    found = arrays.get(name)
    if found is None:
        raise MapIncompleteError(f"{where} lacks the array {name}", _AGAIN)
    if found.shape != (1,) or found.dtype.kind not in "iu":
        problem = f"{where}: {name} is {found.shape} of {found.dtype}"
        raise MapIncompleteError(f"{problem}; one whole number is expected", _AGAIN)
    return int(found[0])


def _check_forms(arrays: Mapping[str, NDArray[Any]], rows: Rows, references: int, where: str) -> None:
    if lacking := sorted(set(_KINDS) - set(arrays)):
        raise MapIncompleteError(f"{where} lacks the arrays {', '.join(lacking)}", _AGAIN)
    projection, flips = arrays["projection"], arrays["flips"]
    rotated, width = len(flips.ravel()), projection.shape[-1] if projection.ndim else 0
    for name, size in (("flips", rotated), ("projection", width)):
        if size < 8 or size & (size - 1):
            problem = f"{where}: {name} has {size} numbers"
            raise MapIncompleteError(f"{problem}; a power of two from 8 on is expected", _AGAIN)
    shapes: dict[str, tuple[int, ...]] = {
        "flips": (rotated,),
        "projection": (rotated, width),
        "lengths": (references,),
    }
    expected: list[tuple[str, Any, tuple[int, ...], Any]]
    expected = [(name, arrays[name], shape, _KINDS[name]) for name, shape in shapes.items()]
    expected.append(("rows", rows, (references, (width + rotated) // 8), np.uint8))
    for name, found, shape, kind in expected:
        if found.shape != shape or found.dtype != kind:
            problem = f"{where}: {name} is {found.shape} of {found.dtype}"
            raise MapIncompleteError(f"{problem}; {shape} of {np.dtype(kind)} is expected", _AGAIN)
