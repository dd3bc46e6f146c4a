"""Find the references that show the same place as an image."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from reloc import plugins
from reloc.config import from_mapping
from reloc.datatypes import Candidate, LocalFeatures, UInt8
from reloc.errors import MapFeatureError
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.descriptor import GlobalDescriptor
from reloc.retrieval.diversify import diversify
from reloc.retrieval.stored import Searchable, searchable

PACKAGE = "reloc.retrieval"


class Retriever:
    """A global descriptor with the map's index."""

    def __init__(self, descriptor: GlobalDescriptor, index: Searchable, centres_in_world: NDArray[np.float64]) -> None:
        """Create a retriever; ``centres_in_world`` (N, 3) are the references' camera centers."""
        self.descriptor = descriptor
        self._index = index
        self._centres = centres_in_world

    @classmethod
    def open(cls, reference_map: ReferenceMap, name: str, parameters: Mapping[str, Any] | None = None) -> Retriever:
        """Open the map's retriever ``name``.

        Raises:
            PluginError: there is no such retriever.
            MapFeatureError: the map was built without it, or its descriptors do not match the map.
            MapVersionError, MapIncompleteError, MapHashError: another version of reloc wrote the map's index, or it is
                damaged.
            StorageError: the index does not fit into the memory.
        """
        plugin = plugins.load(PACKAGE, name)
        index, arrays = searchable(reference_map, plugin.name)
        config = from_mapping(plugin.Config, parameters or {})
        try:
            descriptor = cast(GlobalDescriptor, plugin(config, arrays))
        except KeyError as error:
            problem = f"The map {reference_map.path} lacks the array retrieval/{plugin.name}/{error.args[0]}"
            raise MapFeatureError(problem, "Build the map again") from error
        return cls(descriptor, index, reference_map.world_from_cam[:, :3, 3])

    def rank(self, gray: UInt8, features: LocalFeatures, count: int, without: Collection[int] = ()) -> list[Candidate]:
        """Return the ``count`` most similar references of an image (H, W), best first, without those in ``without``.

        Raises:
            MapChangedError: the map has an index, and somebody wrote to its descriptors since it was opened.
        """
        return self._index.search(self.descriptor.describe(gray, features), count, frozenset(without))

    def diversified(
        self, gray: UInt8, features: LocalFeatures, count: int, without: Collection[int] = ()
    ) -> tuple[Candidate, ...]:
        """Return the papers' top ``count``: at least 0.05 m and at most 10 m from one another."""
        ranked = self.rank(gray, features, max(50, 10 * count), without)
        return diversify(ranked, self._centres, count)
