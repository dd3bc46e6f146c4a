"""The arrays of an index, as a map stores them, and their checks.

| Array | Form | Content |
|---|---|---|
| `version` | int64 (1,) | of this form |
| `lists_read` | int64 (1,) | a search reads this many lists |
| `compared` | int64 (1,) | a search compares this many candidates in full |
| `recall` | float32 (1,) | share of the references that it should find, measured by the build |
| `projection` | float32 (D, P) | shortens a descriptor from D numbers to P |
| `steps` | float32 (P,) | what one step of a row's number is worth |
| `centers` | float32 (L, P) | the mean direction of each list |
| `offsets` | int64 (L + 1,) | where each list's rows begin |
| `references` | uint32 (N,) | the reference of each row: every one once |
| `lengths` | float32 (N,) | length of each reference's stored descriptor, in steps of its int8 |
| `rows` | uint8 (N, P) | shortened descriptors by list; 128 is 0 |

They are plain arrays, and no file of FAISS: a damaged file of FAISS can end the process that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.compact_index.rows import Rows
from reloc.datatypes import Float32
from reloc.errors import MapIncompleteError, MapVersionError

INDEX_VERSION = 1
ZERO = 128  # the code of 0
_AGAIN = "Build or fetch the map again"
_KINDS = {
    "projection": np.float32,
    "steps": np.float32,
    "centers": np.float32,
    "offsets": np.int64,
    "references": np.uint32,
    "lengths": np.float32,
}


@dataclass(frozen=True, slots=True, eq=False)
class IndexArrays:
    """All arrays but the rows. They fit together."""

    projection: Float32
    steps: Float32
    centers: Float32
    offsets: NDArray[np.int64]
    references: NDArray[np.uint32]
    lengths: Float32
    lists_read: int
    compared: int
    recall: float

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return them by name, with the version of their form."""
        arrays = {name: np.asarray(getattr(self, name)) for name in _KINDS}
        numbers = {"lists_read": self.lists_read, "compared": self.compared, "version": INDEX_VERSION}
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
            lists_read=min(max(_number(arrays, "lists_read", where), 1), len(arrays["centers"])),
            compared=min(max(_number(arrays, "compared", where), 1), references),
            recall=float(recall[0]) if recall.shape == (1,) else 0.0,
        )
        offsets = found.offsets
        if offsets[0] != 0 or offsets[-1] != references or (np.diff(offsets) < 0).any():
            raise MapIncompleteError(f"{where}: offsets do not rise from 0 to {references}", _AGAIN)
        if found.references.max() >= references or np.bincount(found.references).max() > 1:
            raise MapIncompleteError(f"{where}: references holds numbers that are no reference, or one twice", _AGAIN)
        for name in ("projection", "steps", "centers", "lengths"):
            if not np.isfinite(getattr(found, name)).all():
                raise MapIncompleteError(f"{where}: {name} holds numbers that are not finite", _AGAIN)
        if not (found.steps > 0.0).all():
            raise MapIncompleteError(f"{where}: steps holds {found.steps.min()}; every step is above 0", _AGAIN)
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
    projection, centers = arrays["projection"], arrays["centers"]
    if projection.ndim != 2 or 0 in projection.shape or centers.ndim != 2 or not len(centers):
        problem = f"{where}: projection is {projection.shape} and centers are {centers.shape}"
        raise MapIncompleteError(f"{problem}; matrices are expected", _AGAIN)
    width, count = projection.shape[1], len(centers)
    shapes: dict[str, tuple[int, ...]] = {
        "projection": projection.shape,
        "steps": (width,),
        "centers": (count, width),
        "offsets": (count + 1,),
        "references": (references,),
        "lengths": (references,),
    }
    expected: list[tuple[str, Any, tuple[int, ...], Any]]
    expected = [(name, arrays[name], shape, _KINDS[name]) for name, shape in shapes.items()]
    expected.append(("rows", rows, (references, width), np.uint8))
    for name, found, shape, kind in expected:
        if found.shape != shape or found.dtype != kind:
            problem = f"{where}: {name} is {found.shape} of {found.dtype}"
            raise MapIncompleteError(f"{problem}; {shape} of {np.dtype(kind)} is expected", _AGAIN)
