"""Local features that a network finds: what `points`, `xfeat` and further ones have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import LocalFeatures, UInt8
from reloc.errors import ModelNotFoundError
from reloc.features.dual_softmax import DualSoftmax
from reloc.features.network import FeatureNetwork
from reloc.models import store
from reloc.models.model import Model


@dataclass(frozen=True, slots=True)
class NetworkFeaturesConfig:
    """How key points are found. A map and its queries use the same."""

    model: str = param("points", "Key points are found by this network, a model's name or folder.")
    max_features: int = param(
        1024,
        "At most this many key points are kept in an image, strongest first. Raising it adds matches and costs time.",
        ge=64,
        le=20000,
    )
    min_score: float = param(
        0.0,
        "A key point with a lower probability than this is dropped. Raising it keeps fewer key points; 0 keeps all.",
        ge=0.0,
        le=1.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class NetworkFeatures:
    """Find key points in gray images by a network. Not to be shared between threads.

    A subclass names its configuration, which derives from :class:`NetworkFeaturesConfig`.
    """

    name: ClassVar[str]
    Config: ClassVar[type[NetworkFeaturesConfig]]
    diameter: ClassVar[float]  # pixels of the network's image: what most of a descriptor is about
    obtain: ClassVar[str] = ""  # the command that makes its model, where none ships
    dtype: str = "int8"
    softmax: ClassVar[DualSoftmax | None] = None
    shared: ClassVar[bool] = True

    def __init__(
        self, config: NetworkFeaturesConfig | None = None, backend: str = "auto", precision: str = "auto"
    ) -> None:
        """
        Raises:
            ModelNotFoundError, ModelFormatError: there is no such model, or it is of another kind.
            BackendError: nothing here can run it.
        """
        self.config = config or self.Config()
        self._network = FeatureNetwork(self._model(), backend, precision)
        self.width, self.max_side = self._network.width, self._network.max_side

    @classmethod
    def open(cls, config: NetworkFeaturesConfig) -> Self:
        """See :class:`reloc.features.extractor.Extractor`."""
        return cls(config)

    @property
    def content(self) -> str:
        """Hash of the network's file of full precision: twins of it answer nearly the same."""
        files = self._network.model.files
        return next(files[precision].sha256 for precision in ("float32", "float16", "int8") if precision in files)

    def extract(self, gray: UInt8) -> LocalFeatures:
        """Key points of an image (H, W), in its own pixels, strongest first. May be none."""
        uv, score, descriptors, place = self._network.look(gray)
        count = min(int(np.count_nonzero(score >= self.config.min_score)), self.config.max_features)
        return LocalFeatures(
            uv[:count].copy(), np.full(count, self.diameter, np.float32), np.zeros(count, np.float32),
            descriptors[:count].copy(), score[:count].copy(), place,
        )  # fmt: skip

    def close(self) -> None:
        """Give the network back."""
        self._network.close()

    def _model(self) -> Model:
        try:
            return Model.open(store.find(self.config.model))
        except ModelNotFoundError as error:
            if not self.obtain:
                raise
            raise ModelNotFoundError(error.problem, f"`{self.obtain}` makes it. {error.fix}") from error
