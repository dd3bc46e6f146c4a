"""Uncertainty of poses.

A covariance (6, 6) is that of x, y, z and then of the rotation about the *world's* x, y, z, as in ROS. The error model
is ``t_true = t + dt`` and ``R_true = exp(dr) @ R`` with (dt, dr) ~ N(0, covariance), for ``world_from_body = (R, t)``:
the body turns about its own origin, so there is no lever arm to the world's origin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, skew, so3_log, transform

Float64 = NDArray[np.float64]

# A direction below this share of the best determined one (columns scaled to length 1) counts as undetermined.
SINGULAR = 1e-12


def pose_error(world_from_estimate: Float64, world_from_true: Float64) -> Float64:
    """Return the error (6,) of an estimate, (dt, dr) of the error model: meters and radians along the world's axes."""
    dt = world_from_true[:3, 3] - world_from_estimate[:3, 3]
    dr = so3_log(world_from_true[:3, :3] @ world_from_estimate[:3, :3].T)
    return np.concatenate([dt, dr])


def sigmas(covariance: Float64) -> tuple[float, float]:
    """Return the standard deviation of position in meters and of rotation in radians, each along its worst axis."""
    position, rotation = (
        float(np.sqrt(max(0.0, np.linalg.eigvalsh(part)[-1]))) for part in (covariance[:3, :3], covariance[3:, 3:])
    )
    return position, rotation


def pnp_jacobian(world_from_cam: Float64, xyz_in_world: ArrayLike, camera: Camera) -> Float64:
    """Return the derivative (2 N, 6) of the pixels of points (N, 3) by (dt, dr); rows u0, v0, u1, v1, ...

    Pixels are those of ``camera.pinhole``: compare them with undistorted key points. Rows of points that are not in
    front of the camera are NaN, like their projection.
    """
    cam_from_world = inverse(world_from_cam)
    xyz_in_world = np.asarray(xyz_in_world, dtype=np.float64).reshape(-1, 3)
    x, y, z = transform(cam_from_world, xyz_in_world).T
    z = np.where(z > 1e-9, z, np.nan)
    zero = np.zeros_like(z)
    uv_by_xyz = np.stack(
        [
            np.stack([camera.fx / z, zero, -camera.fx * x / z**2], axis=-1),
            np.stack([zero, camera.fy / z, -camera.fy * y / z**2], axis=-1),
        ],
        axis=1,
    )  # (N, 2, 3)
    # x_cam = R' (X - t). With t + dt and exp(dr) R: d x_cam = -R' dt + R' [X - t]x dr.
    arm = xyz_in_world - world_from_cam[:3, 3]
    by_translation = uv_by_xyz @ -cam_from_world[:3, :3]
    by_rotation = np.cross(arm[:, None, :], by_translation)  # the rows of (R' [arm]x), by a . (b x w) = (a x b) . w
    return np.concatenate([by_translation, by_rotation], axis=-1).reshape(-1, 6)


def residual_sigma(residuals: ArrayLike, parameters: int = 6, floor: float = 0.0) -> float:
    """Return the standard deviation of one coordinate's noise from a fit's residuals (any shape).

    ``parameters`` is the number of fitted parameters, which reduces the degrees of freedom; with none left the answer
    is infinite. ``floor`` is a known lower limit of the noise, in the residuals' unit.
    """
    r = np.asarray(residuals, dtype=np.float64).reshape(-1)
    freedom = r.size - parameters
    return max(floor, float(np.sqrt(r @ r / freedom))) if freedom > 0 else float("inf")


def pose_covariance(jacobian: Float64, sigma: float) -> Float64:
    """Return the covariance (6, 6) of a least-squares fit: ``sigma**2 * inv(J' J)``.

    Args:
        jacobian: (M, 6) of the residuals by (dt, dr), for example :func:`pnp_jacobian`'s.
        sigma: standard deviation of one residual, in the residuals' unit.

    Returns:
        The covariance. It is infinite on the diagonal, and so not :func:`is_usable`, if the residuals do not determine
            the pose or anything is not finite.
    """
    unknown = np.diag(np.full(6, np.inf))
    if not (np.isfinite(jacobian).all() and np.isfinite(sigma)):
        return unknown
    scale = np.linalg.norm(jacobian, axis=0)  # meters and radians differ a hundredfold: scale before comparing
    if len(jacobian) < 6 or (scale == 0).any():
        return unknown
    information = (jacobian / scale).T @ (jacobian / scale)
    values, vectors = np.linalg.eigh(information)
    if values[0] <= SINGULAR * values[-1]:
        return unknown
    half = vectors / np.sqrt(values) / scale[:, None]
    return np.asarray(sigma**2 * (half @ half.T))


def transport(covariance: Float64, world_from_cam: Float64, cam_from_base: Float64) -> Float64:
    """Return the covariance (6, 6) of ``world_from_base = world_from_cam @ cam_from_base`` with an exact mounting.

    The base turns about the camera: its position gets the rotation's error times the lever arm.
    """
    arm_in_world = world_from_cam[:3, :3] @ cam_from_base[:3, 3]
    base_from_cam_error = np.eye(6)
    base_from_cam_error[:3, 3:] = -skew(arm_in_world)  # dt_base = dt + dr x arm
    return np.asarray(base_from_cam_error @ covariance @ base_from_cam_error.T)


def is_usable(covariance: Float64) -> bool:
    """Return whether it is a valid covariance: (6, 6), finite, symmetric and positive definite."""
    if covariance.shape != (6, 6) or not np.isfinite(covariance).all():
        return False
    variance = np.diag(covariance)
    if (variance <= 0).any():
        return False
    sigma = np.sqrt(variance)
    correlation = covariance / np.outer(sigma, sigma)
    if np.abs(correlation - correlation.T).max() > 1e-6:
        return False
    return bool(np.linalg.eigvalsh(correlation)[0] > SINGULAR)


def mahalanobis2(world_from_a: Float64, world_from_b: Float64, covariance: Float64) -> float:
    """Return the squared distance of two poses in standard deviations; chi squared with 6 degrees of freedom.

    ``covariance`` (6, 6) is that of the difference: of one pose if the other is exact, the sum if they are independent.
    The result is infinite if it is not usable, so that a gate that needs a small distance refuses.
    """
    if not is_usable(covariance):
        return float("inf")
    error = pose_error(world_from_a, world_from_b)
    sigma = np.sqrt(np.diag(covariance))
    z = error / sigma
    return float(z @ np.linalg.solve(covariance / np.outer(sigma, sigma), z))


def above(covariance: Float64, limit_m: float, limit_deg: float) -> str | None:
    """Return why a pose with that covariance (6, 6) is too uncertain; None if it is within both limits (sigmas)."""
    metres, radians = sigmas(covariance)
    if metres <= limit_m and np.rad2deg(radians) <= limit_deg:
        return None
    return f"Sigma is {metres:.2f} m and {np.rad2deg(radians):.1f} deg; {limit_m:g} m and {limit_deg:g} deg are allowed"
