"""CamNet's two retrievals and two regressions (paper, 3.4), for any source of features.

The localizer runs them with sessions, an export with the network itself. So the calibration measures exactly what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float32, Float64, freeze
from reloc.geometry.rotations import matrices_from_quaternions
from reloc.geometry.transforms import rotation_angles_between
from reloc.retrieval.index import Index

SHORT = 1e-6  # a shorter quaternion is invalid
Features = NDArray[np.floating]
Regress = Callable[[Features, Features], Float32]  # from K references (K, F) and the query (F,) to (K, 7)


@dataclass(frozen=True, slots=True, eq=False)
class ImageFeatures:
    """The encoder's outputs for one image or for N."""

    descriptor: Features  # (..., D) unit: f_r
    coarse: Features  # (..., F): f_c
    fine: Features  # (..., F): f_f


@dataclass(frozen=True, slots=True, eq=False)
class Stages:
    """Results of the stages: K candidates, best first. A pose that the network did not give is NaN."""

    candidates: tuple[Candidate, ...]  # by the descriptor
    coarse: Float64  # (K, 4, 4) world_from_cam of each candidate
    references: tuple[int, ...]  # (K,) references nearest to the coarse poses; -1: none
    fine: Float64  # (K, 4, 4) world_from_cam of each of these

    def __post_init__(self) -> None:
        freeze(self.coarse, self.fine)


class Database:
    """References and their features."""

    def __init__(self, world_from_cam: Float64, features: ImageFeatures) -> None:
        """Create the stages with ``world_from_cam`` (N, 4, 4) and the features of N images."""
        self.world_from_cam, self.features = world_from_cam, features
        self._index = Index(features.descriptor)

    def candidates(self, query: ImageFeatures, count: int, without: Collection[int] = ()) -> tuple[Candidate, ...]:
        """Return the ``count`` references with the nearest descriptors."""
        descriptor = np.ascontiguousarray(query.descriptor, dtype=np.float32)
        return tuple(self._index.search(descriptor, count, frozenset(without)))

    def stages(
        self, query: ImageFeatures, candidates: tuple[Candidate, ...], coarse: Regress, fine: Regress,
        without: Collection[int] = (),
    ) -> Stages:  # fmt: skip
        """Compute coarse poses, the references nearest to them, and fine poses.

        Each coarse pose takes the nearest reference that no better candidate took. In the paper, two coarse poses may
        take the same reference. Such equal pairs would agree with each other and prove nothing.
        """
        first = [c.index for c in candidates]
        rough = poses_of(coarse(self.features.coarse[first], query.coarse), self.world_from_cam[first])
        taken = set(without)
        chosen = [_nearest(self.world_from_cam, pose, taken) for pose in rough]
        exact = np.full((len(first), 4, 4), np.nan)
        there = [k for k, index in enumerate(chosen) if index >= 0]
        if there:
            indices = [chosen[k] for k in there]
            exact[there] = poses_of(fine(self.features.fine[indices], query.fine), self.world_from_cam[indices])
        return Stages(candidates, rough, tuple(chosen), exact)


def poses_of(answers: Float32, world_from_ref: Float64) -> Float64:
    """Return world_from_cam (K, 4, 4) of a regressor's output (K, 7): ref_from_query, translation and quaternion xyzw.

    A pose is NaN if the output is not finite, or not a rotation.
    """
    said = np.asarray(answers, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(said).all(axis=1) & (np.linalg.norm(said[:, 3:], axis=1) > SHORT)
    poses = np.full((len(said), 4, 4), np.nan)
    if usable.any():
        ref_from_query = np.tile(np.eye(4), (int(usable.sum()), 1, 1))
        ref_from_query[:, :3, :3] = matrices_from_quaternions(said[usable, 3:])
        ref_from_query[:, :3, 3] = said[usable, :3]
        poses[usable] = world_from_ref[usable] @ ref_from_query
    return poses


def zeta(world_from_cam: Float64, pose: Float64) -> Float64:
    """Return Algorithm 1's distance of poses (N, 4, 4) to one: meters plus the angle as a share of half a turn.

    2 arccos |q . q'| is the angle between the rotations, divided by pi as in the paper.
    """
    metres = np.linalg.norm(world_from_cam[:, :3, 3] - pose[:3, 3], axis=1)
    return np.asarray(metres + rotation_angles_between(world_from_cam, pose) / np.pi)


def _nearest(world_from_cam: Float64, pose: Float64, taken: set[int]) -> int:
    """Return the reference nearest to ``pose`` that is not taken yet, and mark it as taken."""
    if not np.isfinite(pose).all() or len(taken) >= len(world_from_cam):
        return -1
    distance = zeta(world_from_cam, pose)
    distance[list(taken)] = np.inf
    nearest = int(np.argmin(distance))
    taken.add(nearest)
    return nearest
