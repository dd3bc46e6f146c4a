"""Find what makes the best hypothesis ambiguous although no rival was found."""

from __future__ import annotations

from math import ceil

import numpy as np

from reloc.datatypes import Query
from reloc.estimators.acceptance.config import AcceptanceConfig
from reloc.estimators.acceptance.twins import LEAST, Explained, Twins
from reloc.estimators.hypothesis import Hypothesis
from reloc.estimators.observation import Observation
from reloc.geometry.cameras import Camera
from reloc.geometry.image_grid import coverage
from reloc.geometry.planarity import off_plane
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap

ON_PLANE = 0.8  # With fewer than this share of the inliers off the plane (all by chance), the inliers lie on one plane.
LEAST_OFF = 8


class Doubts:
    """Check hypotheses for ambiguity. In a map without landmarks there is nothing to check."""

    def __init__(self, config: AcceptanceConfig, reference_map: ReferenceMap) -> None:
        self._config = config
        self._map = reference_map
        self._twins = Twins(reference_map) if config.max_twin < 1.0 else None
        rough = config.min_inliers / AcceptanceConfig().min_inliers  # more is chance in a map with rough poses
        self._least_twin, self._least_off = ceil(LEAST * rough), ceil(LEAST_OFF * rough)

    def about(self, best: Hypothesis, observation: Observation, query: Query, max_error_px: float) -> str:
        """Return why a hypothesis is ambiguous; empty if it is not. Takes milliseconds."""
        if not len(best.explained.landmark):
            return ""
        camera = query.camera
        covered = coverage(best.explained.uv, camera)
        if covered < self._config.min_planar_coverage and self._on_one_plane(best, camera, max_error_px):
            return (
                f"The {best.inliers} inliers, in {covered:.0%} of the image, lie on one plane: a door, poster "
                "or wardrobe may have been moved, or exist twice"
            )
        if self._twins is None:
            return ""
        keypoint, landmark = best.explained.keypoint, best.explained.landmark
        unit, uv = observation.unit[keypoint], observation.uv[keypoint]
        explained = Explained(best.world_from_cam, camera, unit, uv, landmark, max_error_px)
        share = self._twins.share(explained, self._least_twin, query.without)
        if share <= self._config.max_twin:
            return ""
        return f"{share:.0%} of the {best.inliers} inliers are also seen elsewhere in the map, in the same arrangement"

    def _on_one_plane(self, best: Hypothesis, camera: Camera, max_error_px: float) -> bool:
        xyz = self._map.landmarks[best.explained.landmark].astype(np.float64)
        depth = transform(inverse(best.world_from_cam), xyz)[:, 2]
        off = off_plane(xyz, depth, camera.fx, max_error_px)
        return off < self._least_off and off <= (1.0 - ON_PLANE) * len(xyz)
