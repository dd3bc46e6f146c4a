"""``features``: RootSIFT matches to the landmarks of the retrieved references, then PnP. No training, no GPU."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

from reloc.datatypes import Localized, Lost, Query
from reloc.estimators.local_features import FeaturesConfig, LocalFeatureEstimator
from reloc.localizers.localizer import Localizer
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock


class Features(Localizer):
    """Localize by local features."""

    name: ClassVar[str] = "features"
    Config: ClassVar[type[FeaturesConfig]] = FeaturesConfig
    wants: ClassVar[Literal["gray", "rgb"]] = "gray"
    checks_itself: ClassVar[bool] = True
    leaves_out: ClassVar[bool] = True
    config: FeaturesConfig

    def __init__(self, config: FeaturesConfig, reference_map: ReferenceMap, estimator: LocalFeatureEstimator) -> None:
        """Use :meth:`from_map`."""
        super().__init__(config, reference_map)
        self.estimator = estimator

    @classmethod
    def wanted_features(cls, config: FeaturesConfig) -> str:
        """Return the kind of local features that was chosen."""
        return config.kind

    @classmethod
    def from_map(cls, config: FeaturesConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on a map.

        Raises:
            PluginError: there is no retriever of the name ``config.retrieval``.
            MapFeatureError: the map has no descriptors of it.
        """
        return cls(config, reference_map, LocalFeatureEstimator.open(config, reference_map))

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera in the map."""
        clock = StageClock()
        answer = self.estimator.answer(query, clock)
        return replace(answer, stage_ms=clock.stage_ms)


PLUGIN = Features
