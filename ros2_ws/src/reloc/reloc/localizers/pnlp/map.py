"""A map for the network of Perspective-n-Learned-Point: descriptors to search, features and depth to match."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from reloc.datatypes import Candidate, Float32
from reloc.localizers.networked.image_encoder import ImageEncoder
from reloc.localizers.networked.known_encodings import encodings_of
from reloc.localizers.pnlp.models import DEPTH_OUTPUT, DESCRIPTOR, LOCAL, SPREAD, LearnedModels
from reloc.localizers.pnlp.points import DenseView
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.index import Index


class LearnedMap:
    """The network's outputs for all references, computed once."""

    def __init__(self, reference_map: ReferenceMap, models: LearnedModels, encoder: ImageEncoder) -> None:
        """Open the outputs. References that the map has no encoding for by exactly this model are encoded now.

        Raises:
            ImageError: a reference must be encoded, but its image is missing.
            ModelFormatError: stored encodings contradict each other, or the model returns NaN or infinity.
        """
        found = encodings_of(reference_map, encoder)
        self._arrays = found.arrays
        descriptors = np.asarray(found.arrays[DESCRIPTOR], np.float32)
        # float16 changes the vectors' lengths by some thousandths, each by another amount.
        self._index = Index(descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-6))

    def similar(self, descriptor: Float32, count: int, without: Collection[int] = ()) -> list[Candidate]:
        """Return the ``count`` most similar references by NetVLAD, (D,), best first."""
        return self._index.search(descriptor, count, frozenset(without))

    def view(self, index: int) -> DenseView:
        """Return features and depth of a reference."""
        return DenseView.of(*(self._arrays[name][index] for name in (LOCAL, DEPTH_OUTPUT, SPREAD)))


def view_of(outputs: Mapping[str, Float32]) -> DenseView:
    """Return features and depth from the network's outputs for one image."""
    return DenseView.of(*(outputs[name][0] for name in (LOCAL, DEPTH_OUTPUT, SPREAD)))
