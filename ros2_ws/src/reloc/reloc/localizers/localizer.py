"""What every localizer is: a query in, an answer out."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Protocol, Self

from reloc.datatypes import Localized, Lost, Query
from reloc.maps.reference_map import ReferenceMap


class Localizer(Protocol):
    """One way to answer. It never raises for a bad frame, and never guesses."""

    name: ClassVar[str]
    Config: ClassVar[type[Any]]
    wants: ClassVar[Literal["gray", "rgb"]]  # what it looks at; a query may carry either
    checks_itself: ClassVar[
        bool
    ]  # it looks for rivals, and for evidence beyond chance: verifying it again tells little
    # It uses no reference of Query.without. What learned the references by heart cannot promise that.
    leaves_out: ClassVar[bool]

    @classmethod
    def from_map(cls, config: Any, reference_map: ReferenceMap) -> Self:
        """The localizer on this map.

        Raises:
            MapFeatureError: the map lacks what the method needs.
        """

    def localize(self, query: Query) -> Localized | Lost:
        """Where the query's camera was. Not to be called from two threads at once."""
