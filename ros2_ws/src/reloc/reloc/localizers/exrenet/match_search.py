"""Search poses that may explain ExReNet's matches: several searches, each fitted to all matches, and their spread.

Matches between two distant views lie in a small part of the image. Poses far apart then explain nearly as many of them,
and one search finds only one. So several searches are made and refined with a loss that ignores outliers, and the one
that explains most is taken. Poses that explain nearly as much stay possible: the spread of all, weighted by what they
explain, is part of the covariance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze
from reloc.estimators.epipolar_rays import EpipolarRays
from reloc.geometry import rays
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pose_error
from reloc.geometry.poselib_convention import pinhole_dict, pose_of
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.localizers.exrenet.pair_matches import PairMatches
from reloc.threads import parallel

SEARCHES = 12  # with 6, two of 72 queries of RedKitchen had a wrong pose with a small covariance
POLISH = 20  # rounds of a search before refinement; the usual hundred gives the same result
ROUNDS = 8  # rounds of refinement
SAME = 5.0  # this many matches count as one, because the matches of a coarse cell have similar errors
NEAR_BEST = 20.0  # a search that leaves more than this factor unexplained than the best is not refined
PARALLEL = 0.02  # sine of the angle between two rays, below which noise determines a point's distance
_LARGEST_STEP = 0.5, 0.3  # meters, radians


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """A pose and the matches that it explains.

    M counts the matches with all references, one reference after the other.
    """

    world_from_cam: Float64  # (4, 4)
    explained: NDArray[np.bool_]  # (M,)
    spread: Float64  # (6, 6) spread of all found poses, as in Localized
    epipolar: EpipolarRays  # the rays of all M matches

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.explained, self.spread)


class MatchSearch:
    """The search for one query.

    Args:
        world_from_ref: (N, 4, 4) poses of the references.
        matches: the matches with each reference.
        camera: the network's camera, for all images.
        max_error_px: largest distance of a match from its epipolar line.
    """

    def __init__(self, world_from_ref: Float64, matches: PairMatches, camera: Camera, max_error_px: float) -> None:
        self._matches, self._camera, self._max_error_px = matches, camera, max_error_px
        self._world_from_ref = world_from_ref
        which = np.repeat(np.arange(len(matches)), [len(sure) for sure in matches.sure])
        ref, query = (camera.pinhole.normalize(np.concatenate(uv)) for uv in (matches.uv_ref, matches.uv_query))
        self._epipolar = EpipolarRays(ref, query, inverse(world_from_ref)[which], (camera.fx, camera.fy))
        self._centres = world_from_ref[which, :3, 3]
        self._towards = np.einsum("nij,nj->ni", world_from_ref[which, :3, :3], _rays(ref))
        self._query = _rays(query)

    def run(self, iterations: int) -> Explanation | None:
        """Return the pose that explains most, of :data:`SEARCHES` searches; None if none is finite."""
        searched = parallel(lambda seed: self._searched(seed, iterations), range(SEARCHES))
        poses = [pose for pose in searched if np.isfinite(pose).all()]
        costs = [self._cost(pose) for pose in poses]
        left = [float(cost.sum()) for cost in costs]
        for pose, unexplained in list(zip(poses, left, strict=True)):
            if unexplained <= min(left) + NEAR_BEST * SAME and np.isfinite(refined := self._refined(pose)).all():
                poses.append(refined)
                costs.append(self._cost(refined))
        if not poses:
            return None
        total = np.array([cost.sum() for cost in costs])
        best = int(total.argmin())
        return Explanation(poses[best], costs[best] < 1.0, _spread(poses, best, total), self._epipolar)

    def _searched(self, seed: int, iterations: int) -> Float64:
        pairs: list[poselib.PairwiseMatches] = []
        for k in range(len(self._matches)):
            pair = poselib.PairwiseMatches()
            pair.cam_id1, pair.cam_id2 = k, 0
            pair.x1, pair.x2 = self._matches.uv_ref[k], self._matches.uv_query[k]
            pairs.append(pair)
        pinhole = pinhole_dict(self._camera)
        found, _ = poselib.estimate_generalized_relative_pose(
            pairs, [pose_of(pose) for pose in self._world_from_ref], [pinhole] * len(pairs),
            [poselib.CameraPose()], [pinhole],
            {"max_epipolar_error": self._max_error_px, "max_iterations": iterations, "min_iterations": 50,
             "seed": seed},
            {"loss_type": "CAUCHY", "loss_scale": 0.5 * self._max_error_px, "max_iterations": POLISH},
        )  # fmt: skip
        return inverse(make(found.R, found.t))

    def _cost(self, world_from_cam: Float64) -> Float64:
        """Return (M,) from 0 to 1: squared errors as shares of the largest allowed one; 1 for unexplained matches.

        A point behind one of its cameras does not explain a match.
        """
        cost = np.minimum((self._epipolar.residuals(world_from_cam) / self._max_error_px) ** 2, 1.0)
        towards = self._query @ world_from_cam[:3, :3].T
        here = np.broadcast_to(world_from_cam[:3, 3], self._centres.shape)
        _, far, near, sine = rays.midpoints(self._centres, self._towards, here, towards)
        return np.where(((far < 0.0) | (near < 0.0)) & (sine > PARALLEL), 1.0, cost)

    def _refined(self, world_from_cam: Float64) -> Float64:
        """Fit to all matches with Geman and McClure's loss, by reweighted least squares."""
        pose = world_from_cam
        for _ in range(ROUNDS):
            residuals, jacobian = self._epipolar.linearized(pose)
            weights = 1.0 / (1.0 + (residuals / self._max_error_px) ** 2) ** 2
            normal = (jacobian * weights[:, None]).T @ jacobian
            damped = normal + np.diag(1e-3 * np.diag(normal) + 1e-9)
            step = -np.linalg.solve(damped, (jacobian * weights[:, None]).T @ residuals)
            lengths = float(np.linalg.norm(step[:3])), float(np.linalg.norm(step[3:]))
            step *= min(1.0, *(most / max(length, 1e-9) for most, length in zip(_LARGEST_STEP, lengths, strict=True)))
            pose = make(so3_exp(step[3:]) @ pose[:3, :3], pose[:3, 3] + step[:3])
            if max(lengths) < 1e-4:
                break
        return pose


def _spread(poses: Sequence[Float64], best: int, costs: Float64) -> Float64:
    """Return the spread (6, 6) of the poses about the best one.

    A pose that explains :data:`SAME` fewer matches is e times less probable.
    """
    weights = np.exp((costs[best] - costs) / SAME)
    errors = np.stack([pose_error(pose, poses[best]) for pose in poses])
    return np.asarray((errors * (weights / weights.sum())[:, None]).T @ errors)


def _rays(xy: Float64) -> Float64:
    """Return (M, 3) unit directions of normalized coordinates (M, 2)."""
    directions = np.column_stack([xy, np.ones(len(xy))])
    return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))
