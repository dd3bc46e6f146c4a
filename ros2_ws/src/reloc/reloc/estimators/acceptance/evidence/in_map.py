"""Look up in the map what a hypothesis explains: how deep and how flat it is, and whether it exists twice."""

from __future__ import annotations

from math import ceil

import numpy as np

from reloc.datatypes import Query
from reloc.estimators.acceptance.evidence.facts import Surroundings
from reloc.estimators.acceptance.twins import LEAST, Explained, Twins
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.observation import Observation
from reloc.geometry.cameras import Camera
from reloc.geometry.planarity import off_plane
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap


class InMap:
    """Look at hypotheses in one map."""

    def __init__(self, reference_map: ReferenceMap, chance: float) -> None:
        """Create it; ``chance`` is by how much a wider limit of an inlier makes chance matches more frequent."""
        self._map = reference_map
        self._twins = Twins(reference_map)
        self._least_twin = ceil(LEAST * chance)

    def around(
        self, best: Hypothesis, observation: Observation, query: Query, max_error_px: float, twins: bool = True
    ) -> Surroundings:
        """Return what the map says about the landmarks that a hypothesis explains. Takes milliseconds.

        Args:
            twins: whether to search for a twin, which takes most of the time; otherwise it counts as none.
        """
        same_lens = query.camera_stated and self._same_lens(query.camera, best)
        keypoint, landmark = best.explained.keypoint, best.explained.landmark
        if not len(landmark):
            return Surroundings(same_lens=same_lens)
        xyz = self._map.landmarks[landmark].astype(np.float64)
        depth = transform(inverse(best.world_from_cam), xyz)[:, 2]
        relief = off_plane(xyz, depth, query.camera.fx, max_error_px) / len(xyz)
        if not twins:
            return Surroundings(float(np.median(depth)), relief, 0.0, same_lens)
        unit, uv = observation.unit[keypoint], observation.uv[keypoint]
        explained = Explained(best.world_from_cam, query.camera, unit, uv, landmark, max_error_px)
        twin = self._twins.share(explained, self._least_twin, query.without)
        return Surroundings(float(np.median(depth)), relief, twin, same_lens)

    def _same_lens(self, camera: Camera, best: Hypothesis) -> bool:
        cameras = [self._map.camera(candidate.index) for candidate in best.references]
        return bool(cameras) and all(camera.states_the_same(other) for other in cameras)
