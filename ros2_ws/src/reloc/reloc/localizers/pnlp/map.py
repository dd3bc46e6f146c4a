"""A map as the network of Perspective-n-Learned-Point sees it: descriptors to search, features and depth to match."""

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
    """What was computed of all references, once."""

    def __init__(self, reference_map: ReferenceMap, models: LearnedModels, encoder: ImageEncoder) -> None:
        """References that the map has no encodings of, by just this model, are encoded now.

        Raises:
            ImageError: one has to be encoded whose image is gone.
            ModelFormatError: what is stored contradicts itself, or the model gives no numbers.
        """
        found = encodings_of(reference_map, encoder)
        self._arrays = found.arrays
        descriptors = np.asarray(found.arrays[DESCRIPTOR], np.float32)
        # float16 shortens a vector by some thousandths, and not all alike.
        self._index = Index(descriptors / np.maximum(np.linalg.norm(descriptors, axis=1, keepdims=True), 1e-6))

    def similar(self, descriptor: Float32, count: int, without: Collection[int] = ()) -> list[Candidate]:
        """The ``count`` most similar references by NetVLAD, (D,), best first."""
        return self._index.search(descriptor, count, frozenset(without))

    def view(self, index: int) -> DenseView:
        """Features and depth of a reference."""
        return DenseView.of(*(self._arrays[name][index] for name in (LOCAL, DEPTH_OUTPUT, SPREAD)))


def view_of(outputs: Mapping[str, Float32]) -> DenseView:
    """The same of what the network gave of one image."""
    return DenseView.of(*(outputs[name][0] for name in (LOCAL, DEPTH_OUTPUT, SPREAD)))
