"""Choose the references that should see what an image shows, if its pose is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from reloc.datatypes import Candidate, Float64
from reloc.estimators.places import ALIKE_COSINE
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.sightings import sees

# Local features survive a change of view by about 45 degrees. The axes of two overlapping images may differ by more,
# because each sees the overlap at its own edge.
PROPOSED_TIMES = 3.0  # weight of a reference that retrieval also proposes
NEAREST_M = 0.05  # nearer landmarks are ignored
_GRID = np.linspace(0.1, 0.9, 5)  # grid of sample pixels, as shares of the image's width and height
_DEPTHS_M = (1.0, 2.0, 4.0, 8.0)  # depths at which a map without landmarks may show something


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The visible points from a pose, and which of N references see them too."""

    visible: NDArray[np.bool_]  # (P,) the map's landmarks, or sample points, that project into the image
    seen_by: csr_matrix  # (N, P)
    likeness: Float64  # (N,) 0 to 1: how similar the scene looks from each reference

    @property
    def shared(self) -> Float64:
        """Return (N,) the points that each reference shares with the view, weighted by similarity."""
        return np.asarray(self.seen_by @ self.visible.astype(np.float64)) * self.likeness

    def choose(
        self, count: int, least: float, proposed: Sequence[int] = (), excluded: frozenset[int] = frozenset()
    ) -> tuple[Candidate, ...]:
        """Return at most ``count`` references that share at least ``least``; similarity is the share of the view they
        see.

        Each next reference is the one that adds most to the view of the others, because neighboring frames of a video
        are nearly equal. References that retrieval ``proposed`` come first, because geometry alone ignores walls.
        """
        worth = self.visible.astype(np.float64)
        sees = np.asarray(self.seen_by @ worth)
        likeness = np.where(sees * self.likeness >= least, self.likeness, 0.0)
        likeness[list(proposed)] *= PROPOSED_TIMES
        likeness[list(excluded)] = 0.0
        total = max(1.0, float(worth.sum()))
        chosen: list[Candidate] = []
        while len(chosen) < count:
            gain = np.asarray(self.seen_by @ worth) * likeness
            best = int(gain.argmax())
            if gain[best] <= 0.0:
                break
            chosen.append(Candidate(best, float(sees[best]) / total))
            likeness[best] = 0.0
            worth[self.seen_by[best].indices] *= 0.5
        return tuple(chosen)


class InView:
    """Compute what is visible in a map from any pose."""

    def __init__(self, reference_map: ReferenceMap) -> None:
        self._map = reference_map
        self._seen_by = sees(reference_map, np.float64) if reference_map.has_landmarks else None

    def look(self, world_from_cam: Float64, camera: Camera) -> Sight:
        """Return the view from ``world_from_cam`` (4, 4), which must be finite.

        A reference with another direction sees nothing similar. A far one sees objects at another size, or is in the
        next room behind a wall. So its weight falls with its distance, relative to the depth of the scene. The nearest
        quarter of landmarks defines this depth, because landmarks behind walls count, too.
        """
        has_landmarks = self._seen_by is not None
        xyz = self._map.landmarks.astype(np.float64) if has_landmarks else _samples(world_from_cam, camera)
        in_cam = transform(inverse(world_from_cam), xyz)
        visible = _inside(in_cam, camera)
        depth_m = float(np.quantile(in_cam[visible, 2], 0.25)) if visible.any() else 1.0
        poses = self._map.world_from_cam
        cosine = poses[:, :3, 2] @ world_from_cam[:3, 2]
        metres = np.linalg.norm(poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
        likeness = np.where(cosine > ALIKE_COSINE, cosine, 0.0) / (1.0 + metres / depth_m) ** 2
        return Sight(visible, self._seen_by if self._seen_by is not None else self._who_sees(xyz), likeness)

    def _who_sees(self, xyz: Float64) -> csr_matrix:
        poses = self._map.world_from_cam
        rows = [_inside(transform(inverse(pose), xyz), self._map.camera(i)) for i, pose in enumerate(poses)]
        return csr_matrix(np.array(rows, dtype=np.float64))


def _samples(world_from_cam: Float64, camera: Camera) -> Float64:
    """Return points (P, 3) in the world that fill the view at several depths."""
    u, v = np.meshgrid(_GRID * camera.width, _GRID * camera.height)
    pixels = np.column_stack([u.ravel(), v.ravel()])
    rays = np.column_stack([camera.pinhole.normalize(pixels), np.ones(len(pixels))])
    return transform(world_from_cam, np.concatenate([rays * depth for depth in _DEPTHS_M]))


def _inside(in_cam: Float64, camera: Camera) -> NDArray[np.bool_]:
    """Return whether points (P, 3) in a camera's frame project into its image, without distortion."""
    u, v = camera.pinhole.project(in_cam).T
    with np.errstate(invalid="ignore"):
        inside = (u > -0.5) & (u < camera.width - 0.5) & (v > -0.5) & (v < camera.height - 0.5)
    return np.asarray(inside & (in_cam[:, 2] > NEAREST_M))
