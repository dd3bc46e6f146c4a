"""Whether another place of the map shows what an answer was computed from, in the same arrangement: a twin.

Two walls with one wallpaper, doors of one make, a poster that hangs twice. Retrieval may not propose the twin, and
matching with a ratio test leaves out of it what repeats within its references. So each key point that the answer
explains is asked, over all landmarks of the map, what else it looks like. By chance that is scattered over the map:
in Red Kitchen at most 6 of 100 to 1,000 such landmarks agree on a pose. Of wrong answers before walls that share a
wallpaper 12 to 26 % do, and of right ones as many, where both walls are mapped as well: there nobody could tell.

What it cannot see: a twin that the map does not hold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, Int32
from reloc.estimators.hypothesis import FAR
from reloc.geometry.cameras import Camera
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap

LEAST = 8  # inliers of a twin, for an error of 4 px: up to 6 agree by chance, rarely 9 of 300
_ALIKE = 0.9  # the distance to the own landmark, as a share of that to another one that is as good a match
_APART_M = 0.3  # nearer landmarks may be two of the same thing
_ASKED = 100  # key points; with more the share is no other
_MOST = 200_000  # landmarks: those most references see, so that a look stays one of milliseconds
_MIN_ITERATIONS, _MAX_ITERATIONS = 300, 2000


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """An answer, and the K key points that it explains by landmarks."""

    world_from_cam: Float64  # (4, 4)
    camera: Camera  # the query's
    unit: Float32  # (K, 128) descriptors, of length 1
    uv: Float64  # (K, 2) where they are, in the camera's pinhole
    landmarks: Int32  # (K,) what each of them is
    max_error_px: float  # reprojection error of an inlier

    def some(self, most: int) -> Self:
        """With so many of the key points, from first to last."""
        kept = np.unique(np.linspace(0, len(self.uv) - 1, most).astype(int))
        return replace(self, unit=self.unit[kept], uv=self.uv[kept], landmarks=self.landmarks[kept])


class Twins:
    """All landmarks of a map, by what they look like. Opened once."""

    def __init__(self, reference_map: ReferenceMap) -> None:
        """Of a map without landmarks there are none."""
        most_seen = np.argsort(-reference_map.landmark_observations, kind="stable")[:_MOST]
        self._map = reference_map
        self._chosen = np.sort(most_seen)
        self._row_of = np.full(len(reference_map.landmarks), -1)
        self._row_of[self._chosen] = np.arange(len(self._chosen))
        self._xyz = reference_map.landmarks.astype(np.float64)
        looks = reference_map.landmark_descriptors
        self._looks = looks if len(self._chosen) == len(looks) else looks[self._chosen]  # the map's own, no copy

    def share(self, answer: Explained, least: int = LEAST, without: Collection[int] = ()) -> float:
        """Share (0 to 1) of an answer's inliers that also make a pose elsewhere; 0 if fewer than ``least`` do.

        Args:
            answer: and what it explains.
            least: a twin's inliers that are more than chance.
            without: references that are not asked: what they alone see is not in the map.
        """
        if len(answer.uv) < least or not len(self._chosen):
            return 0.0
        asked = answer.some(_ASKED)
        key_point, elsewhere = self._alike(asked)
        if without:
            known = self._known_without(without)[elsewhere]
            key_point, elsewhere = key_point[known], elsewhere[known]
        if len(key_point) < least:
            return 0.0
        _, info = poselib.estimate_absolute_pose(
            asked.uv[key_point],
            self._xyz[elsewhere],
            pinhole_dict(asked.camera),
            {
                "max_reproj_error": asked.max_error_px,
                "min_iterations": _MIN_ITERATIONS,
                "max_iterations": _MAX_ITERATIONS,
            },
            {},
        )
        inliers = int(np.sum(info["inliers"]))
        return inliers / len(asked.uv) if inliers >= least else 0.0

    def _alike(self, asked: Explained) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which key points (J,) look as much like a landmark elsewhere, and like which (J,)."""
        row = self._row_of[asked.landmarks]
        own = np.where(row < 0, 1.0, np.einsum("kd,kd->k", asked.unit, self._looks[row]))
        # The distance of two unit vectors is the root of 2 - 2 cosine.
        least = 1.0 - np.maximum(0.0, 1.0 - own) / _ALIKE**2
        cosine = asked.unit @ self._looks.T
        key_point, row = np.nonzero(cosine >= least[:, None].astype(np.float32))
        ids, xyz = self._chosen[row], self._xyz[self._chosen[row]]
        seen = asked.camera.pinhole.project(transform(inverse(asked.world_from_cam), xyz))
        off_px = np.nan_to_num(np.linalg.norm(seen - asked.uv[key_point], axis=1), nan=np.inf)
        apart_m = np.linalg.norm(xyz - self._xyz[asked.landmarks[key_point]], axis=1)
        other = (off_px >= FAR * asked.max_error_px) & (apart_m > _APART_M)
        key_point, ids, near = key_point[other], ids[other], cosine[key_point[other], row[other]]
        best_first = np.lexsort((-near, key_point))
        found, first = np.unique(key_point[best_first], return_index=True)
        return found, ids[best_first][first]

    def _known_without(self, without: Collection[int]) -> NDArray[np.bool_]:
        """(L,) whether a reference other than these sees each landmark."""
        left = self._map.landmark_observations.copy()
        for index in without:
            ids = np.unique(self._map.landmark_ids(index))
            left[ids[ids >= 0]] -= 1
        return left > 0
