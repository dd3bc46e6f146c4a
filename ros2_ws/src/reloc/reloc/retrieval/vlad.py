"""VLAD on RootSIFT key points. It costs almost nothing if key points are extracted anyway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reloc.config import param, validate
from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.features.rootsift import as_unit
from reloc.maps.progress import Progress
from reloc.retrieval import aggregation
from reloc.retrieval.descriptor import Arrays, TrainingImage, stack


@dataclass(frozen=True, slots=True)
class VladConfig:
    """Size of the descriptor."""

    words: int = param(
        64,
        "The map learns this many visual words. Raising it distinguishes more places and lengthens the descriptor.",
        ge=1,
        le=1024,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class Vlad:
    """Return the VLAD of the image's key points."""

    name: ClassVar[str] = "vlad"
    needs_features: ClassVar[bool] = True
    Config: ClassVar[type[VladConfig]] = VladConfig

    @classmethod
    def train(
        cls, config: VladConfig, images: Sequence[TrainingImage], progress: Progress
    ) -> dict[str, NDArray[np.generic]]:
        """Compute the vocabulary of the map's key points, and the references' descriptors."""
        local = np.concatenate([as_unit(features.descriptors) for _, features in images])
        centres = aggregation.vocabulary(local, config.words)
        descriptor = cls(config, {"centres": centres})
        return {"centres": centres, "descriptors": stack(descriptor, images, progress)}

    def __init__(self, config: VladConfig, arrays: Arrays) -> None:
        self.config = config
        self._centres = np.asarray(arrays["centres"], dtype=np.float32)

    def describe(self, gray: UInt8, features: LocalFeatures) -> Float32:
        """Return VLAD (words * 128,)."""
        return aggregation.vlad(as_unit(features.descriptors), self._centres)


PLUGIN = Vlad
