"""Open what a map stores for searching: all descriptors, in large maps with an index."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reloc.compact_index.form import IndexArrays, check_version
from reloc.compact_index.rotation import Rotation
from reloc.compact_index.search import CompactIndex
from reloc.datatypes import Candidate, Float32
from reloc.errors import MapFeatureError
from reloc.files import storage_errors
from reloc.maps import compact, layout
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.index import Index
from reloc.retrieval.indexed import IndexedDescriptors

DESCRIPTORS = "descriptors"


class Searchable(Protocol):
    """References by descriptor."""

    def search(self, descriptor: Float32, count: int, without: Collection[int] = ()) -> list[Candidate]:
        """Return the ``count`` most similar references, best first, without those of ``without``; none for an all-zero
        descriptor.
        """


def searchable(reference_map: ReferenceMap, name: str) -> tuple[Searchable, dict[str, NDArray[Any]]]:
    """Return the search of the retriever ``name``, and the arrays that the map stores for its descriptor.

    Descriptors that stay on disk are an array without rows among these.

    Raises:
        MapFeatureError: the map was built without it, or its descriptors do not match the map.
        MapVersionError, MapIncompleteError, MapHashError: another version of reloc wrote the map's index, or it is
            damaged.
        StorageError: the index does not fit into the memory.
    """
    place = f"{layout.RETRIEVAL}/{name}"
    index = reference_map.arrays(f"{place}/{layout.INDEX}", skip=layout.INDEX_ROWS)
    if index:
        search, numbers = _indexed(reference_map, name, index)
        none = np.zeros((0, numbers), np.int8)
        return search, reference_map.arrays(place, skip=DESCRIPTORS) | {DESCRIPTORS: none}
    arrays = reference_map.arrays(place)
    if DESCRIPTORS not in arrays:
        built_with = str(reference_map.manifest.build.get("retrieval", "")).split(",")
        raise MapFeatureError(
            f"The map {reference_map.path} has no {name!r} descriptors",
            f"Build it again with --retrieval {','.join(filter(None, (*built_with, name)))}",
        )
    return _exact(reference_map, name, arrays[DESCRIPTORS]), arrays


def _exact(reference_map: ReferenceMap, name: str, stored: NDArray[Any]) -> Index:
    _check_shape(reference_map, name, stored.shape)
    rows = compact.rows_of(stored)
    if not np.isfinite(rows).all():
        problem = f"The map {reference_map.path} has {name!r} descriptors that are not finite"
        raise MapFeatureError(problem, "Build the map again")
    return Index(rows)


def _indexed(
    reference_map: ReferenceMap, name: str, index: Mapping[str, NDArray[Any]]
) -> tuple[IndexedDescriptors, int]:
    """Return the search, and the length of a descriptor."""
    where, place = f"The index of {name} in the map {reference_map.path}", f"{layout.RETRIEVAL}/{name}"
    check_version(index, where)
    rows = reference_map.rows_on_disk(f"{place}/{layout.INDEX}", layout.INDEX_ROWS)
    arrays = IndexArrays.from_arrays(index, rows, len(reference_map), where)
    descriptors = reference_map.rows_on_disk(place, DESCRIPTORS)
    _check_shape(reference_map, name, descriptors.shape)
    numbers = descriptors.shape[1]
    if Rotation.width(numbers) != len(arrays.flips) or descriptors.dtype != np.int8:
        problem = f"{where} is for up to {len(arrays.flips)} numbers of int8"
        raise MapFeatureError(f"{problem}; descriptors have {numbers} of {descriptors.dtype}", _AGAIN)
    with storage_errors(f"{where} needs {1 + (rows.shape[0] * rows.shape[1] >> 20)} MB of memory"):
        return IndexedDescriptors(CompactIndex(arrays, rows), descriptors), numbers


_AGAIN = "Build the map again"


def _check_shape(reference_map: ReferenceMap, name: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[0] != len(reference_map):
        raise MapFeatureError(f"{name!r} descriptors of shape {shape} for {len(reference_map)} references", _AGAIN)
