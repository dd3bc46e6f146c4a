"""Refine a pose by its matches with all references that agree on it, with correctable depths.

Perspective-n-Learned-Point takes the pose of one candidate's PnP (Piasco et al. 2019, 3.4), which trusts the predicted
depth. That depth is off by a fifth, in the same way over a whole image, so a wrong pose fits it. The match itself is
off by a pixel.

Here all depths of a reference may be off by one common share. Each point slides along its reference's ray as far as its
depth is uncertain. So a match counts in full across the epipolar line, and along the line by its depth's accuracy.
References at different positions then determine depth themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable, pnp_jacobian, pose_covariance
from reloc.geometry.transforms import inverse, make, so3_exp, transform
from reloc.localizers.pnlp.consensus import PointConsensus, same_place
from reloc.localizers.pnlp.points import LearnedPose, PointMatches, redundancy

ITERATIONS = 10
ENOUGH = 2e-4  # meters and radians; the iteration ends after a smaller step
NOISE_PX = 1.0  # error of a match across its epipolar line: a quarter of a cell
CUT = 3.0  # sigmas; beyond this, a match gets less weight, and beyond twice this, none
FARTHEST = 1.5  # largest assumed error of a point's depth, in logarithms
LEAST_SIGMA = 0.01  # smallest sigma of the scales
NEAREST_M = 0.05  # points nearer to the camera, or behind it, are ignored
Bools = NDArray[np.bool_]


def refined(
    found: PointConsensus, poses: Sequence[LearnedPose | None], matches: Sequence[PointMatches], camera: Camera,
    depth_sigma: float, min_inliers: int,
) -> PointConsensus:  # fmt: skip
    """Return the consensus with a better pose, its covariance, and the candidates that agree with it.

    A candidate with another pose is no rival if its matches fit the refined pose as well as its own: then its depth is
    wrong, not the place. If the matches lead elsewhere or nowhere, the consensus is returned unchanged.

    Args:
        poses, matches: the poses and matches of all candidates.
        camera: the network's camera.
        depth_sigma: common relative error of all depths of a reference.
        min_inliers: see :func:`reloc.localizers.pnlp.consensus.consensus`.
    """
    agreeing, better = found.agreeing, _fitted(found, found.agreeing, matches, camera, depth_sigma)
    if better is None:
        return found
    others = [(i, pose) for i, pose in enumerate(poses) if pose is not None and i not in agreeing]
    joining = [
        i for i, pose in others
        if _support(matches[i], camera, better.world_from_cam, depth_sigma) >= max(pose.inliers, min_inliers)
    ]  # fmt: skip
    if joining:
        agreeing = (*agreeing, *joining)
        better = _fitted(found, agreeing, matches, camera, depth_sigma) or better
    far = [(p.inliers, i) for i, p in others if i not in joining and not same_place(p, better)]
    rival_inliers, rival = max(far, default=(0, -1))
    return PointConsensus(found.best, better, agreeing, rival, rival_inliers, better.covariance)


def _fitted(
    found: PointConsensus, which: Sequence[int], matches: Sequence[PointMatches], camera: Camera, depth_sigma: float
) -> LearnedPose | None:
    """Return the pose of the consensus, refined by the matches of these candidates; None if it fails or leads
    elsewhere.
    """
    fit = _Fit([matches[i] for i in which], camera, found.pose.world_from_cam, depth_sigma)
    for _ in range(ITERATIONS):
        if not fit.step():
            break
    if not np.isfinite(fit.world_from_cam).all():
        return None
    covariance = fit.covariance()
    pose = replace(found.pose, world_from_cam=fit.world_from_cam, covariance=covariance)
    return pose if is_usable(covariance) and same_place(pose, found.pose) else None


def _support(matches: PointMatches, camera: Camera, world_from_cam: Float64, depth_sigma: float) -> int:
    """Return how many matches fit a pose at likely depths, minus the number for randomly mixed pairs."""
    mixed = replace(matches, uv=np.roll(matches.uv, len(matches) // 2, axis=0))
    fitting, by_chance = (_Fit([some], camera, world_from_cam, depth_sigma).fits() for some in (matches, mixed))
    return fitting - by_chance


class _Fit:
    """Robust Gauss-Newton for the pose and a log scale of all depths of each reference.

    Each step also solves for the points' own depths. A pixel's error is r = n + a d. Here n is a match's noise, and d
    is the error of a log depth with prior sigma s. So r has the covariance S = noise^2 (1 + c c') with c = a s / noise.
    The best d is -s c' r / (noise (1 + c' c)).
    """

    def __init__(
        self, several: Sequence[PointMatches], camera: Camera, world_from_cam: Float64, depth_sigma: float
    ) -> None:
        matches = PointMatches.together(several)
        self.world_from_cam = np.array(world_from_cam)  # (4, 4), after the last step
        self._uv, self._centre, self._arms = matches.uv, matches.centre, matches.xyz - matches.centre
        self._spread, self._camera = matches.spread, camera
        self._of = np.repeat(np.arange(len(several)), [len(some) for some in several])  # (M,) reference of each match
        self._log_scale, self._log_depth = np.zeros(len(several)), np.zeros(len(matches))
        self._prior = np.full(len(several), 1.0 / max(depth_sigma, LEAST_SIGMA) ** 2)
        self._alike = redundancy(matches.uv)  # this many matches count as one

    def step(self) -> bool:
        """Make one step. Return whether another step may help."""
        now = self._linear()
        squared = np.sum(now.off**2, axis=1)
        robust = np.where(now.usable & (squared < (2 * CUT) ** 2), 1.0 / (1.0 + squared / CUT**2), 0.0)
        normal, right = self._normal(now, robust)
        try:
            move = -np.linalg.solve(normal, right)
        except np.linalg.LinAlgError:
            self.world_from_cam = np.full((4, 4), np.nan)
            return False
        left = now.off + now.jacobian @ move[:6] + now.along * move[6:][self._of, None]
        depth = now.depth_by_off * np.sum(now.across * left, axis=1)
        self._log_depth = np.clip(depth, -FARTHEST, FARTHEST)
        self._log_scale = np.clip(self._log_scale + move[6:], -FARTHEST, FARTHEST)
        pose = self.world_from_cam
        self.world_from_cam = make(so3_exp(move[3:6]) @ pose[:3, :3], pose[:3, 3] + move[:3])
        return bool(np.abs(move).max() > ENOUGH)

    def fits(self) -> int:
        """Return how many matches agree with the pose at a likely depth."""
        now = self._linear()
        return int(np.sum(now.usable & (np.sum(now.off**2, axis=1) < CUT**2)))

    def covariance(self) -> Float64:
        """Return (6, 6) by the matches that fit, neighbors counted once; infinite if they do not determine the pose."""
        now = self._linear()
        fits = now.usable & (np.sum(now.off**2, axis=1) < CUT**2)
        normal, _ = self._normal(now, fits.astype(np.float64))
        of_pose, both, of_scales = normal[:6, :6], normal[:6, 6:], normal[6:, 6:]
        try:
            root = np.linalg.cholesky(of_pose - both @ np.linalg.solve(of_scales, both.T))  # for any scales
        except np.linalg.LinAlgError:
            return np.diag(np.full(6, np.inf))
        return pose_covariance(np.asarray(root.T, np.float64), 1.0)

    def _normal(self, now: _Linear, weights: Float64) -> tuple[Float64, Float64]:
        """Return the system (6 + R, 6 + R) and its right side, of weighted matches and of the scales' priors."""
        weights, count = np.repeat(weights / self._alike, 2)[:, None], len(self._log_scale)
        jacobian, along = now.jacobian.reshape(-1, 6), now.along.reshape(-1, 1)
        by_scale = along * (np.repeat(self._of, 2)[:, None] == np.arange(count))
        whole = np.hstack([jacobian, by_scale])
        normal, right = (whole * weights).T @ whole, (whole * weights).T @ now.off.ravel()
        normal[6:, 6:] += np.diag(self._prior)
        right[6:] += self._prior * self._log_scale
        return normal, right

    def _linear(self) -> _Linear:
        """Linearize at the current pose and depths."""
        arms = np.exp(self._log_depth + self._log_scale[self._of])[:, None] * self._arms
        points = self._centre + arms
        in_cam = transform(inverse(self.world_from_cam), points)
        usable = in_cam[:, 2] > NEAREST_M
        seen = self._camera.project(np.where(usable[:, None], in_cam, [0.0, 0.0, 1.0]))
        jacobian = np.nan_to_num(pnp_jacobian(self.world_from_cam, points, self._camera)).reshape(-1, 2, 6)
        along = -np.einsum("mix,mx->mi", jacobian[:, :, :3], arms)  # a point moves opposite to the camera
        off = seen - self._uv - along * self._log_depth[:, None]  # at the predicted depths
        across = along * (self._spread / NOISE_PX)[:, None]
        length = np.maximum(np.sum(across**2, axis=1), 1e-12)
        # S to the power of -1/2, which multiplies both, is (1 - k c c') / noise.
        short = (1.0 - 1.0 / np.sqrt(1.0 + length)) / length / NOISE_PX

        def whitened(values: Float64) -> Float64:  # (M, 2, K)
            by = np.einsum("mi,mik->mk", across, values) * short[:, None]
            return np.asarray(values / NOISE_PX - across[:, :, None] * by[:, None, :])

        # c' S^-1/2 = c' / (noise sqrt(1 + c' c)): whitened values need only this factor.
        by_off = -self._spread / np.sqrt(1.0 + length)
        columns = whitened(np.concatenate([off[:, :, None], along[:, :, None], jacobian], axis=2))
        return _Linear(columns[..., 0], columns[..., 2:], columns[..., 1], across, by_off, usable)


@dataclass(frozen=True, slots=True, eq=False)
class _Linear:
    """Linearized errors of M matches, in sigmas."""

    off: Float64  # (M, 2) whitened
    jacobian: Float64  # (M, 2, 6) derivative by the pose, whitened
    along: Float64  # (M, 2) derivative by the log scale, whitened
    across: Float64  # (M, 2) c
    depth_by_off: Float64  # (M,) times c' (whitened off): the best fitting log depth
    usable: Bools  # (M,) in front of the camera
