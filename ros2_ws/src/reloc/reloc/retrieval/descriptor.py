"""What every global descriptor offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.maps.progress import Progress, track

Arrays = Mapping[str, NDArray[np.generic]]
TrainingImage = tuple[Callable[[], UInt8], LocalFeatures]  # loads the grey image (H, W) when called


class GlobalDescriptor(Protocol):
    """One vector an image; the cosine of two says how alike they are.

    ``train`` runs once, when the map is built, and returns what the map stores for this descriptor,
    among it ``descriptors`` (N, D), one row a reference. The constructor gets these arrays back.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    needs_features: ClassVar[bool]  # whether `describe` looks at the local features; else they may be empty

    @classmethod
    def train(cls, config: Any, images: Sequence[TrainingImage], progress: Progress) -> dict[str, NDArray[np.generic]]:
        """Learn from the map's images. Deterministic."""

    def __init__(self, config: Any, arrays: Arrays) -> None: ...

    def describe(self, gray: UInt8, features: LocalFeatures) -> Float32:
        """The descriptor (D,) of an image, of length 1 (or 0 where there is nothing to describe)."""


def stack(descriptor: GlobalDescriptor, images: Sequence[TrainingImage], progress: Progress) -> Float32:
    """Descriptors (N, D) of many images."""
    rows = [
        descriptor.describe(load_gray(), features)
        for load_gray, features in track(progress, descriptor.name, images, len(images))
    ]
    return np.stack(rows)
