"""What the localizers on local features have in common: a map, its retriever and its extractor."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from reloc.estimators.observation import extractor_of
from reloc.localizers.localizer import Localizer
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever


class FeatureBased(Localizer):
    """Holds what is opened once. ``config.retrieval`` names the global descriptor."""

    wants: ClassVar[Literal["gray", "rgb"]] = "gray"
    leaves_out: ClassVar[bool] = True

    def __init__(self, config: Any, reference_map: ReferenceMap, retriever: Retriever) -> None:
        super().__init__(config, reference_map)
        self._retriever = retriever
        self._extractor = extractor_of(reference_map)

    @classmethod
    def from_map(cls, config: Any, reference_map: ReferenceMap) -> Self:
        """The localizer on this map.

        Raises:
            PluginError: no retriever of that name.
            MapFeatureError: the map has no descriptors of it.
        """
        return cls(config, reference_map, Retriever.open(reference_map, config.retrieval))
