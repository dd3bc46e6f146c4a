"""Find twins: other places of the map that show the answer's key points in the same arrangement.

Examples are two walls with one wallpaper, identical doors, and a poster that hangs twice. Retrieval may not propose the
twin, and matching with a ratio test leaves out what repeats within its references. So each explained key point is
compared with all landmarks of the map. Chance matches are scattered over the map: in Red Kitchen at most 6 of 100 to
1,000 such landmarks agree on a pose. Of wrong answers at walls that share a wallpaper, 12 to 26 % agree. The same share
of right answers agrees if both walls are mapped; then the place is truly ambiguous.

It cannot detect a twin that the map lacks.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
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
from reloc.threads import parallel

LEAST = 8  # fewest inliers of a twin, for an error of 4 px; up to 6 agree by chance, rarely 9 of 300
_ALIKE = 0.9  # distance to the matched landmark, as a share of the distance to another equally good match
_APART_M = 0.3  # nearer landmarks may be two of the same object
_ASKED = 100  # number of key points that are searched; more do not change the share
_MOST = 200_000  # number of landmarks that are searched, those of most references, so that it takes milliseconds
_BLOCK = 8192  # landmarks that are compared at once, 4 MB of descriptors
_MIN_ITERATIONS, _MAX_ITERATIONS = 300, 2000


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """An answer and the K key points that it explains by landmarks."""

    world_from_cam: Float64  # (4, 4)
    camera: Camera  # the query's camera
    unit: Float32  # (K, 128) descriptors, of length 1
    uv: Float64  # (K, 2) positions in the camera's pinhole
    landmarks: Int32  # (K,) landmark of each key point
    max_error_px: float  # largest reprojection error of an inlier

    def some(self, most: int) -> Self:
        """Return a part with this many of the key points, evenly from first to last."""
        kept = np.unique(np.linspace(0, len(self.uv) - 1, most).astype(int))
        return replace(self, unit=self.unit[kept], uv=self.uv[kept], landmarks=self.landmarks[kept])


class Twins:
    """Search all landmarks of a map by their appearance."""

    def __init__(self, reference_map: ReferenceMap) -> None:
        """Choose the landmarks that are searched."""
        most_seen = np.argsort(-reference_map.landmark_observations, kind="stable")[:_MOST]
        self._map = reference_map
        self._chosen = np.sort(most_seen)
        self._blocks = [self._chosen[start : start + _BLOCK] for start in range(0, len(self._chosen), _BLOCK)]

    def share(self, answer: Explained, least: int = LEAST, without: Collection[int] = ()) -> float:
        """Return the share (0 to 1) of an answer's inliers that also form a pose elsewhere; 0 if fewer than ``least``
        do.

        Args:
            answer: the answer and what it explains.
            least: smallest number of a twin's inliers that is more than chance.
            without: references to leave out, with everything that only they see.
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
            self._map.landmarks[elsewhere].astype(np.float64),
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
        """Return the key points (J,) that look as much like a landmark elsewhere, and these landmarks (J,)."""
        own = self._own(asked)
        # The distance of two unit vectors is the root of 2 - 2 cosine.
        least = (1.0 - np.maximum(0.0, 1.0 - own) / _ALIKE**2).astype(np.float32)
        parts = parallel(partial(self._alike_in, asked, least), self._blocks)
        key_point, ids, near = (np.concatenate(column) for column in zip(*parts, strict=True))
        xyz = self._map.landmarks[ids].astype(np.float64)
        seen = asked.camera.pinhole.project(transform(inverse(asked.world_from_cam), xyz))
        off_px = np.nan_to_num(np.linalg.norm(seen - asked.uv[key_point], axis=1), nan=np.inf)
        apart_m = np.linalg.norm(xyz - self._map.landmarks[asked.landmarks[key_point]].astype(np.float64), axis=1)
        other = (off_px >= FAR * asked.max_error_px) & (apart_m > _APART_M)
        key_point, ids, near = key_point[other], ids[other], near[other]
        best_first = np.lexsort((-near, key_point))
        found, first = np.unique(key_point[best_first], return_index=True)
        return found, ids[best_first][first]

    def _own(self, asked: Explained) -> Float64:
        """Return (K,) the cosine of each key point and its landmark; 1 for a landmark that is not searched."""
        own = np.ones(len(asked.landmarks))
        place = np.minimum(np.searchsorted(self._chosen, asked.landmarks), len(self._chosen) - 1)
        searched = np.flatnonzero(self._chosen[place] == asked.landmarks)
        for index in searched.tolist():
            own[index] = asked.unit[index] @ self._map.landmark_looks(asked.landmarks[index : index + 1])[0]
        return own

    def _alike_in(
        self, asked: Explained, least: Float32, ids: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], Float32]:
        """Return pairs of a key point and one of the landmarks ``ids`` that are alike enough, with their cosines."""
        cosine = asked.unit @ self._map.landmark_looks(ids).T
        key_point, row = np.divmod(np.flatnonzero(cosine >= least[:, None]), len(ids))  # twice as fast as np.nonzero
        return key_point, ids[row], cosine[key_point, row]

    def _known_without(self, without: Collection[int]) -> NDArray[np.bool_]:
        """Return (L,) whether a reference other than these sees each landmark."""
        left = self._map.landmark_observations.copy()
        for index in without:
            ids = np.unique(self._map.landmark_ids(index))
            left[ids[ids >= 0]] -= 1
        return left > 0
