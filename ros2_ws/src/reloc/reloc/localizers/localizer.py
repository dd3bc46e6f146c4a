"""The base class of every localizer. A localizer takes a query and returns an answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, Self

from reloc.datatypes import Localized, Lost, Query
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.maps.reference_map import ReferenceMap


class Localizer(ABC):
    """A method of localization. It never raises for a bad frame, and never guesses.

    A subclass states ``name`` and ``Config``, and implements :meth:`localize`; the rest has defaults.
    """

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    # The image it needs: ``gray`` is (H, W) uint8, ``rgb`` (H, W, 3) uint8. A query may carry either.
    wants: ClassVar[Literal["gray", "rgb"]] = "rgb"
    # It checks for rivals and for chance agreement itself: verifying its answers again adds little.
    checks_itself: ClassVar[bool] = False
    # It uses no reference of ``Query.without``. A network that was trained on the references cannot guarantee that.
    leaves_out: ClassVar[bool] = False
    # The networks that encode a map's references for it, if any.
    networks: ClassVar[type[MapNetworks] | None] = None
    config: Any

    def __init__(self, config: Any, reference_map: ReferenceMap) -> None:
        self.config = config
        self._map = reference_map

    @classmethod
    def wanted_features(cls, config: Any) -> str:
        """Return the kind of local features that it needs in a map; empty if those that the map was built with do.

        Args:
            config: an instance of ``Config``.
        """
        return ""

    @classmethod
    def from_map(cls, config: Any, reference_map: ReferenceMap) -> Self:
        """Open the localizer on a map.

        Args:
            config: an instance of ``Config``.
            reference_map: as :meth:`ReferenceMap.with_features` shows it with the features of :meth:`wanted_features`.

        Raises:
            MapFeatureError: the map lacks what the method needs.
        """
        return cls(config, reference_map)

    @abstractmethod
    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera in the map. Never call it from two threads at once."""
