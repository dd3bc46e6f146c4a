"""Find places that the map most likely confuses, because they resemble references of other places."""

from __future__ import annotations

import numpy as np

from reloc import images
from reloc.datatypes import Float64, UInt8
from reloc.errors import ImageError
from reloc.estimators.observation import extractor_of
from reloc.features.extractor import Extractor
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.kidnap.scenery import Frames, Place
from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.retriever import Retriever

LOOKED_AT = 60  # number of compared frames, evenly over all drives
_KEPT = 15  # number of frames that are kept, the most similar ones
_ELSEWHERE_M, _ELSEWHERE_RAD = (
    2.0,
    np.deg2rad(60.0),
)  # a reference at least this far away, or turned by this, shows another place


def find_look_alikes(
    reference_map: ReferenceMap, drives: tuple[Frames, ...], retrieval: str, progress: Progress
) -> tuple[Place, ...]:
    """Return the places whose images most resemble a reference of another place, by global descriptor, worst first.

    Raises:
        PluginError, MapFeatureError: the map has no such descriptors.
    """
    retriever, extractor = Retriever.open(reference_map, retrieval), extractor_of(reference_map)
    places = [(i, k) for i, drive in enumerate(drives) for k in range(len(drive))]
    chosen = places[:: max(1, len(places) // LOOKED_AT)]
    likeness = dict[Place, float]()
    for done, place in enumerate(chosen, start=1):
        frame = drives[place[0]][place[1]]
        progress("look-alikes", done, len(chosen))
        try:
            gray = images.to_gray(frame.load_image())
        except ImageError:
            continue
        found = _likeness(reference_map, retriever, extractor, gray, frame.world_from_cam)
        if found is not None:
            likeness[place] = found
    return tuple(sorted(likeness, key=lambda place: -likeness[place])[:_KEPT])


def _likeness(
    reference_map: ReferenceMap,
    retriever: Retriever,
    extractor: Extractor,
    gray: UInt8,
    world_from_cam: Float64 | None,
) -> float | None:
    """Return the highest similarity to a reference of another place; None if there is no such reference."""
    features = extractor.extract(gray)
    if world_from_cam is None or not len(features):
        return None
    for candidate in retriever.rank(gray, features, len(reference_map)):
        pose = reference_map.world_from_cam[candidate.index]
        if (
            distance_between(pose, world_from_cam) > _ELSEWHERE_M
            or rotation_angle_between(pose, world_from_cam) > _ELSEWHERE_RAD
        ):
            return candidate.similarity
    return None
