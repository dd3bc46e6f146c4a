"""DenseVLAD (Torii et al. 2015): dense multi-scale RootSIFT, VLAD, PCA whitening.

It is the retrieval of the ExReNet paper (section IV.A), and better than key points after large changes of view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from reloc.config import param, validate
from reloc.datatypes import Float32, LocalFeatures, UInt8
from reloc.features import dense_rootsift
from reloc.features.dense_rootsift import DenseRootSiftConfig
from reloc.maps.progress import Progress, track
from reloc.retrieval import aggregation, whitening
from reloc.retrieval.descriptor import Arrays, TrainingImage

# Enough for 128 words; more only takes longer.
VOCABULARY_SAMPLES = 200_000


@dataclass(frozen=True, slots=True)
class DenseVladConfig:
    """Size of the descriptor."""

    words: int = param(
        128,
        "The map learns this many visual words. Raising it distinguishes more places and lengthens the descriptor.",
        ge=1,
        le=1024,
        expert=True,
    )
    dimensions: int = param(
        1024,
        "The descriptor has this length after PCA whitening, or less in maps with fewer references. "
        "Raising it distinguishes more and costs memory.",
        ge=1,
        le=8192,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class DenseVlad:
    """VLAD of a dense grid, whitened."""

    name: ClassVar[str] = "densevlad"
    needs_features: ClassVar[bool] = False
    Config: ClassVar[type[DenseVladConfig]] = DenseVladConfig
    sampling: ClassVar[DenseRootSiftConfig] = DenseRootSiftConfig()

    @classmethod
    def train(
        cls, config: DenseVladConfig, images: Sequence[TrainingImage], progress: Progress
    ) -> dict[str, NDArray[np.generic]]:
        """Compute vocabulary, whitening, and the references' descriptors."""
        rng = np.random.default_rng(aggregation.SEED)
        share = max(1, VOCABULARY_SAMPLES // max(1, len(images)))
        sample = []
        for load_gray, _ in track(progress, f"{cls.name} words", images, len(images)):
            local = dense_rootsift.extract(load_gray(), cls.sampling)
            sample.append(local[rng.permutation(len(local))[:share]])
        centres = aggregation.vocabulary(np.concatenate(sample), config.words)
        plain = []  # a second pass: the dense descriptors of all images would exceed the memory
        for load_gray, _ in track(progress, cls.name, images, len(images)):
            plain.append(aggregation.vlad(dense_rootsift.extract(load_gray(), cls.sampling), centres))
        pca = whitening.learn(np.stack(plain), config.dimensions)
        pca["projection"] = pca["projection"].astype(np.float16)  # the largest array of a map of few references
        arrays = {"centres": centres, **pca}
        descriptor = cls(config, arrays)
        return {**arrays, "descriptors": np.stack([descriptor.whiten(p) for p in plain])}

    def __init__(self, config: DenseVladConfig, arrays: Arrays) -> None:
        self.config = config
        self._centres = np.asarray(arrays["centres"], dtype=np.float32)
        self._mean = np.asarray(arrays["mean"], dtype=np.float32)
        self._projection = np.asarray(arrays["projection"], dtype=np.float32)

    def describe(self, gray: UInt8, features: LocalFeatures) -> Float32:
        """Return DenseVLAD (P,)."""
        return self.whiten(aggregation.vlad(dense_rootsift.extract(gray, self.sampling), self._centres))

    def whiten(self, plain: Float32) -> Float32:
        """Return the whitened descriptor (P,) of a VLAD."""
        return whitening.apply(plain, self._mean, self._projection)


PLUGIN = DenseVlad
