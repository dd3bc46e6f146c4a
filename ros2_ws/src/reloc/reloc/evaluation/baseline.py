"""The baseline of every method: the most similar reference's pose as the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from reloc import images
from reloc.datatypes import Candidate, Query
from reloc.errors import ConfigError
from reloc.estimators.observation import extractor_of
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever

OWN = "own"


@runtime_checkable
class Ranks(Protocol):
    """A localizer with its own retrieval, from its network's outputs for an image."""

    def ranked(self, query: Query, count: int) -> tuple[Candidate, ...]:
        """Return the most similar references, best first."""


def first_of(localizer: Any) -> Callable[[Query], Candidate | None]:
    """Return a function that gives the most similar reference by the localizer's own retrieval.

    Raises:
        ConfigError: it has none.
    """
    if not isinstance(localizer, Ranks):
        problem = f"The localizer {localizer.name!r} has no retrieval of its own"
        raise ConfigError(problem, "Give one that the map has: --baseline vlad, densevlad; or none")

    def retrieve(query: Query) -> Candidate | None:
        return next(iter(localizer.ranked(query, 1)), None)

    return retrieve


def first_retrieved(reference_map: ReferenceMap, retrieval: str) -> Callable[[Query], Candidate | None]:
    """Return a function that gives the most similar reference of a query; None if the image has no key point.

    Raises:
        PluginError: there is no retrieval method of that name.
        MapFeatureError: the map was built without it.
    """
    retriever = Retriever.open(reference_map, retrieval)
    extractor = extractor_of(reference_map)

    def retrieve(query: Query) -> Candidate | None:
        gray = images.to_gray(query.image)
        features = extractor.extract(gray)
        found = retriever.rank(gray, features, 1) if len(features) else []
        return found[0] if found else None

    return retrieve
