"""What any method has to beat: the pose of the most similar reference, taken as the answer."""

from __future__ import annotations

from collections.abc import Callable

from reloc import images
from reloc.datatypes import Candidate, Query
from reloc.features.rootsift import RootSift
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever


def first_retrieved(reference_map: ReferenceMap, retrieval: str) -> Callable[[Query], Candidate | None]:
    """A function that gives the most similar reference of a query.

    Raises:
        PluginError: no retrieval method of that name.
        MapFeatureError: the map was built without it.
    """
    retriever = Retriever.open(reference_map, retrieval)
    extractor = RootSift()

    def retrieve(query: Query) -> Candidate | None:
        gray = images.to_gray(query.image)
        found = retriever.retrieve(gray, extractor.extract(gray), 1, diversified=False)
        return found[0] if found else None

    return retrieve
