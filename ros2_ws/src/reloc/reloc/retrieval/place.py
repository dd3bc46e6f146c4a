"""The global descriptor that a network of local features gives in the same pass: costs nothing besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reloc.config import validate
from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.errors import MapFeatureError
from reloc.maps.progress import Progress
from reloc.retrieval.descriptor import Arrays, TrainingImage


@dataclass(frozen=True, slots=True)
class PlaceConfig:
    """Nothing can be chosen: the network decides."""

    def __post_init__(self) -> None:
        validate(self)


class Place:
    """The global descriptor of the map's local features."""

    name: ClassVar[str] = "place"
    needs_features: ClassVar[bool] = True
    Config: ClassVar[type[PlaceConfig]] = PlaceConfig

    @classmethod
    def train(
        cls, config: PlaceConfig, images: Sequence[TrainingImage], progress: Progress
    ) -> dict[str, NDArray[np.generic]]:
        """Nothing is learned: the references' descriptors as the network gave them.

        Raises:
            MapFeatureError: the map's local features have none.
        """
        return {"descriptors": np.stack([_of(features) for _, features in images])}

    def __init__(self, config: PlaceConfig, arrays: Arrays) -> None:
        self.config = config
        self._length = int(arrays["descriptors"].shape[1])

    def describe(self, gray: UInt8, features: LocalFeatures) -> Float32:
        """The descriptor (G,)."""
        found = _of(features)
        # A blank image's may be of any length; one that is no number is like nothing.
        return found if found.shape == (self._length,) else np.zeros(self._length, np.float32)


def _of(features: LocalFeatures) -> Float32:
    if features.place is None:
        raise MapFeatureError(
            "Local features of this kind give no global descriptor, which the retriever place needs",
            "Build the map with --features points, or with another --retrieval",
        )
    return features.place


PLUGIN = Place
