"""A map and the method that localizes in it, ready to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from reloc.datatypes import Answer, Localized, Lost, LostReason, Query
from reloc.localizers import Localizer
from reloc.maps.reference_map import ReferenceMap
from reloc.pipeline import open_localizer
from reloc_node.conversions.raw_image import Wants


@dataclass(frozen=True, slots=True)
class Engine:
    """What one map and one set of parameters make. Replaced as a whole when another map comes."""

    name: str
    reference_map: ReferenceMap
    localizer: Localizer
    wants: Wants

    @classmethod
    def open(cls, reference_map: ReferenceMap, name: str, parameters: Mapping[str, Any]) -> Engine:
        """Build the method and let it answer once, so that the first real image is not the slow one.

        Raises:
            RelocError: no such method, a parameter it does not take, or the map lacks what it needs.
        """
        localizer = open_localizer(reference_map, name, parameters)
        engine = cls(name, reference_map, localizer, localizer.wants)
        engine._warm_up()
        return engine

    def localize(self, query: Query) -> Answer:
        """The method's answer; what it raises (a bug) is Lost(INTERNAL)."""
        try:
            answer = self.localizer.localize(query)
        except Exception as error:  # the node has to live on
            return Lost(LostReason.INTERNAL, f"{self.name} raised {type(error).__name__}: {error}")
        if isinstance(answer, Localized) and not (
            np.isfinite(answer.world_from_cam).all() and np.isfinite(answer.covariance).all()
        ):
            return Lost(LostReason.NOT_FINITE, f"{self.name} gave a pose or covariance that is not finite")
        return answer

    def _warm_up(self) -> None:
        camera = self.reference_map.camera(0)
        image = self.reference_map.image(0)
        if image.shape[:2] != (camera.height, camera.width):
            return
        if self.wants == "gray":
            image = np.ascontiguousarray(image[..., 1])  # any picture will do: green alone is near enough
        self.localize(Query(image, camera))
