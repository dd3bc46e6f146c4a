"""The interface of every global descriptor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.maps.progress import Progress, track

Arrays = Mapping[str, NDArray[np.generic]]
TrainingImage = tuple[Callable[[], UInt8], LocalFeatures]  # loads the gray image (H, W) when called


class GlobalDescriptor(Protocol):
    """One vector per image; the cosine of two measures their similarity.

    ``train`` runs once, when the map is built. It returns what the map stores for this descriptor, including
    ``descriptors`` (N, D), one row per reference. The constructor gets these arrays back.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    needs_features: ClassVar[bool]  # whether `describe` uses the local features; otherwise they may be empty

    @classmethod
    def train(cls, config: Any, images: Sequence[TrainingImage], progress: Progress) -> dict[str, NDArray[np.generic]]:
        """Learn from the map's images. Deterministic."""

    def __init__(self, config: Any, arrays: Arrays) -> None: ...

    def describe(self, gray: UInt8, features: LocalFeatures) -> Float32:
        """Return the descriptor (D,) of an image, of length 1 (or 0 if there is nothing to describe)."""


def stack(descriptor: GlobalDescriptor, images: Sequence[TrainingImage], progress: Progress) -> Float32:
    """Return descriptors (N, D) of many images."""
    rows = [
        descriptor.describe(load_gray(), features)
        for load_gray, features in track(progress, descriptor.name, images, len(images))
    ]
    return np.stack(rows)
