"""Estimate from a pose's inliers the focal length that they fit.

A wrong focal length moves the camera: a value that is too long puts it too far away. Points at several depths tell the
two apart; points on a wall parallel to the image do not. So a factor of the focal length is fitted together with the
pose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import poselib

from reloc.datatypes import Float64, freeze
from reloc.estimators.lens_prior import LensPrior
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import SINGULAR, is_usable, pnp_jacobian, pose_covariance, residual_sigma
from reloc.geometry.poselib_convention import pinhole_dict, pose_of
from reloc.geometry.transforms import inverse, make, so3_exp, transform

UNKNOWNS = 7
_FARTHEST = 0.7  # largest absolute logarithm of the factor: a half to twice the focal length
# A pose with a wrong focal length explains mainly the points that agree with it. So the fit starts from several values.
_STARTS = (0.0, -0.35, -0.18, 0.18, 0.35)
_STEPS = 8
_WITHIN = 2.0  # a match takes part up to this many times an inlier's limit, with falling weight
_NEAR = 30.0  # times that limit; beyond it, a match is wrong with any focal length
_CONVERGED = 1e-4
_LOSS_PX = 1.0  # scale of Cauchy's loss, the same as in the pose's solver
_MOST = 300  # largest number of matches for each start; more take longer


@dataclass(frozen=True, slots=True, eq=False)
class FocalFit:
    """Logarithm of the true focal length over the stated one, estimated from a pose's matches."""

    log_factor: float
    sigma: float  # standard deviation for independent inliers; infinite if they do not determine the focal length
    shift: Float64  # (6,) change of the pose per unit of the true logarithm, in meters and radians
    sigma_px: float = 1.0  # the standard deviation of a coordinate of the residuals with which sigma was computed

    def __post_init__(self) -> None:
        freeze(self.shift)

    def honest(self, noise_px: float, dependence: float, map_sigma: float = 0.0) -> FocalFit:
        """Return the fit with a sigma that also covers what the fit does not know.

        Args:
            noise_px: standard deviation of a coordinate that explains the errors of poses. Errors of the map also count
                in directions that the fit calls certain, the same as for poses: twice the variance.
            dependence: number of inliers that count as one.
            map_sigma: error of the logarithm that the map may cause beyond that.
        """
        times = max(1.0, 2.0**0.5 * noise_px / self.sigma_px) * dependence**0.5
        return replace(self, sigma=float(np.hypot(times * self.sigma, map_sigma)))

    def widened(self, covariance: Float64, prior: LensPrior) -> Float64:
        """Return a covariance (6, 6) of the pose that covers the remaining uncertainty of the focal length."""
        moment = prior.second_moment(self.log_factor, self.sigma)
        return np.asarray(covariance + moment * np.outer(self.shift, self.shift))


def fit_focal(
    world_from_cam: Float64, xyz_in_world: Float64, uv: Float64, camera: Camera, max_error_px: float, floor_px: float
) -> FocalFit:
    """Fit pose and focal length to matches.

    Args:
        world_from_cam: (4, 4) the pose with the stated focal length.
        xyz_in_world: (M, 3) landmarks: those that the pose explains, and others, which a better focal length may
            explain.
        uv: (M, 2) pixels in the camera's pinhole.
        max_error_px: largest error of an inlier.
        floor_px: smallest standard deviation of a pixel.
    """
    pinhole = camera.pinhole
    off = _off(world_from_cam, xyz_in_world, uv, pinhole)
    near = np.flatnonzero(off < _NEAR * max_error_px)
    shift = _shift(world_from_cam, xyz_in_world[off < max_error_px], pinhole)
    unknown = FocalFit(0.0, float("inf"), shift)
    if not np.isfinite(shift).all():
        return unknown
    xyz, uv = xyz_in_world[near], uv[near]
    found = _refined(
        *_best_start(world_from_cam, shift, xyz, uv, pinhole, max_error_px), xyz, uv, pinhole, max_error_px
    )
    if found is None:
        return unknown
    scaled = _scaled(pinhole, found[1])
    inliers = _off(found[0], xyz, uv, scaled) < max_error_px
    jacobian, residuals = _system(found[0], xyz[inliers], uv[inliers], scaled)
    sigma_px = residual_sigma(residuals, UNKNOWNS, floor_px)
    return FocalFit(found[1], _sigma(jacobian, sigma_px), shift, sigma_px)


def _best_start(
    world_from_cam: Float64, shift: Float64, xyz: Float64, uv: Float64, pinhole: Camera, max_error_px: float
) -> tuple[Float64, float]:
    """Return the pose (4, 4) and logarithm of the focal length, of a few candidates, that explain most."""
    few = slice(None, None, max(1, -(-len(xyz) // _MOST)))
    xyz, uv = xyz[few], uv[few]
    best, most = (world_from_cam, 0.0), -1
    for start in _STARTS:
        scaled = _scaled(pinhole, start)
        begin = pose_of(_moved(world_from_cam, start * shift))
        loss = {"loss_type": "CAUCHY", "loss_scale": max_error_px, "max_iterations": _STEPS}
        refined, _ = poselib.refine_absolute_pose(uv, xyz, begin, pinhole_dict(scaled), loss)
        pose = inverse(make(refined.R, refined.t))
        count = int((_off(pose, xyz, uv, scaled) < max_error_px).sum())
        if count > most:
            best, most = (pose, start), count
    return best


def _refined(
    pose: Float64, log_factor: float, xyz: Float64, uv: Float64, pinhole: Camera, max_error_px: float
) -> tuple[Float64, float] | None:
    """Fit both by robust least squares; return None if the matches do not determine them."""
    for _ in range(_STEPS):
        scaled = _scaled(pinhole, log_factor)
        inliers = _off(pose, xyz, uv, scaled) < _WITHIN * max_error_px
        jacobian, residuals = _system(pose, xyz[inliers], uv[inliers], scaled)
        scale = np.linalg.norm(jacobian, axis=0)
        if len(jacobian) <= UNKNOWNS or not np.isfinite(jacobian).all() or (scale == 0).any():
            return None
        off2 = (residuals.reshape(-1, 2) ** 2).sum(axis=1)
        weighted = (jacobian / scale).T * np.repeat(1.0 / (1.0 + off2 / _LOSS_PX**2), 2)
        step = np.linalg.lstsq(weighted @ (jacobian / scale), -weighted @ residuals, rcond=SINGULAR)[0] / scale
        pose, log_factor = _moved(pose, step[:6]), log_factor + float(step[6])
        if not abs(log_factor) < _FARTHEST:
            return None
        if np.abs(step).max() < _CONVERGED:
            break
    return pose, log_factor


def _scaled(camera: Camera, log_factor: float) -> Camera:
    factor = float(np.exp(log_factor))
    return replace(camera, fx=camera.fx * factor, fy=camera.fy * factor)


def _moved(world_from_cam: Float64, step: Float64) -> Float64:
    """Move a pose by (dt, dr), the error model of a covariance."""
    moved = world_from_cam.copy()
    moved[:3, 3] += step[:3]
    moved[:3, :3] = so3_exp(step[3:]) @ moved[:3, :3]
    return moved


def _off(pose: Float64, xyz: Float64, uv: Float64, camera: Camera) -> Float64:
    """Return errors (M,) in pixels; infinite behind the camera."""
    off = np.linalg.norm(camera.project(transform(inverse(pose), xyz)) - uv, axis=1)
    return np.asarray(np.nan_to_num(off, nan=np.inf))


def _system(pose: Float64, xyz: Float64, uv: Float64, camera: Camera) -> tuple[Float64, Float64]:
    """Return the derivative (2 K, 7) of the pixels by pose and logarithm of the focal length, and residuals (2 K,)."""
    pixels = camera.project(transform(inverse(pose), xyz))
    by_focal = (pixels - (camera.cx, camera.cy)).reshape(-1, 1)
    return np.hstack([pnp_jacobian(pose, xyz, camera), by_focal]), (pixels - uv).reshape(-1)


def _shift(pose: Float64, xyz: Float64, camera: Camera) -> Float64:
    by_pose = pnp_jacobian(pose, xyz, camera)
    by_focal = (camera.project(transform(inverse(pose), xyz)) - (camera.cx, camera.cy)).reshape(-1)
    unit = pose_covariance(by_pose, 1.0)
    return np.asarray(-unit @ by_pose.T @ by_focal) if is_usable(unit) else np.full(6, np.inf)


def _sigma(jacobian: Float64, sigma_px: float) -> float:
    """Return the variance of the last parameter."""
    scale = np.linalg.norm(jacobian, axis=0)
    if len(jacobian) <= UNKNOWNS or not np.isfinite(jacobian).all() or (scale == 0).any():
        return float("inf")
    values, vectors = np.linalg.eigh((jacobian / scale).T @ (jacobian / scale))
    if values[0] <= SINGULAR * values[-1]:
        return float("inf")
    return float(sigma_px * np.sqrt((vectors[-1] ** 2 / values).sum()) / scale[-1])
