"""The landmarks of a map with the colors of its images."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64, LocalFeatures, UInt8
from reloc.errors import MapIncompleteError
from reloc.maps.building.colors import landmark_colors
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.references import IngestedReferences
from reloc.maps.reference_map import ReferenceMap


def parts_of(reference_map: ReferenceMap) -> tuple[IngestedReferences, list[LocalFeatures], Landmarks]:
    """Return a map's references, key points and landmarks, as the steps of a build pass them.

    Raises:
        MapIncompleteError: the map's folder changed since it was opened.
    """
    references = IngestedReferences.load(reference_map.path)
    if references.names != reference_map.names:
        raise MapIncompleteError(f"{reference_map.path} changed while it was read", "Export it again")
    features = [reference_map.features(i) for i in range(len(reference_map))]
    seen = reference_map.has_landmarks
    ids = tuple(
        reference_map.landmark_ids(i) if seen else np.full(len(found), -1, np.int32) for i, found in enumerate(features)
    )
    xyz = np.asarray(reference_map.landmarks, np.float64).reshape(-1, 3) if seen else np.zeros((0, 3))
    return references, features, Landmarks(xyz, ids)


def colored_points(reference_map: ReferenceMap) -> tuple[Float64, UInt8]:
    """Return the landmarks (L, 3) and their colors (L, 3) RGB.

    Raises:
        MapIncompleteError: the map's folder changed since it was opened.
        ImageError: an image cannot be decoded.
    """
    references, features, landmarks = parts_of(reference_map)
    return landmarks.xyz, landmark_colors(references, [one.uv for one in features], landmarks)
