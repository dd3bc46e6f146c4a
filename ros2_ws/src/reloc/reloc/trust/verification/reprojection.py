"""Find which matches to landmarks a stated pose explains, and which it would explain by chance."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64, Localized
from reloc.distributions import CHI2_99_2DOF
from reloc.estimators.landmark_pose import LandmarkMatches
from reloc.estimators.observation import Observation
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pnp_jacobian
from reloc.geometry.planarity import is_planar
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification.chance import Trials, on_spots


def reprojections(
    answer: Localized,
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    matches: LandmarkMatches,
    max_error_px: float,
) -> tuple[Trials, bool]:
    """Return one trial for each spot of the image, and whether all consistent matches lie on one plane.

    A match is consistent if its landmark projects to within ``max_error_px`` plus the spread that the answer's
    covariance gives (99 %). Its probability by chance is this ellipse's share of the image, or of the image's key
    points if that is more, because key points crowd in textured areas.
    """
    pinhole = camera.pinhole
    xyz = reference_map.landmarks[matches.landmark].astype(np.float64)
    in_cam = transform(inverse(answer.world_from_cam), xyz)
    ahead = in_cam[:, 2] > 0
    # Landmarks seen from behind do not count: a mirror image of a wall fits a camera behind the wall.
    ahead &= np.einsum("ni,ni->n", xyz - answer.world_from_cam[:3, 3], xyz - matches.seen_from) > 0
    uv = observation.uv[matches.keypoint]
    fits, chance = np.zeros(len(uv), bool), np.zeros(len(uv))
    if ahead.any():
        centre = pinhole.project(in_cam[ahead])
        jacobian = pnp_jacobian(answer.world_from_cam, xyz[ahead], pinhole).reshape(-1, 2, 6)
        spread = jacobian @ answer.covariance @ np.swapaxes(jacobian, 1, 2) + np.eye(2) * (
            max_error_px**2 / CHI2_99_2DOF
        )
        weight = np.asarray(np.linalg.inv(spread), dtype=np.float64)
        off = uv[ahead] - centre
        fits[ahead] = np.einsum("ki,kij,kj->k", off, weight, off) < CHI2_99_2DOF
        area = np.pi * CHI2_99_2DOF * np.sqrt(np.linalg.det(spread)) / (camera.width * camera.height)
        crowd = _share_within(observation.uv, centre, weight)
        chance[ahead] = np.minimum(np.maximum(area, crowd), 1.0)
    planar = is_planar(xyz[fits], in_cam[fits, 2], min(camera.fx, camera.fy), max_error_px)
    return on_spots(uv, fits, chance, max_error_px), planar


def _share_within(uv: Float64, centre: Float64, weight: Float64) -> Float64:
    """Return (K,) the share of key points (N, 2) in each ellipse (K, 2) and (K, 2, 2), without the matched one."""
    du = uv[None, :, 0] - centre[:, 0, None]
    dv = uv[None, :, 1] - centre[:, 1, None]
    a, b, c = weight[:, 0, 0, None], weight[:, 0, 1, None], weight[:, 1, 1, None]
    inside = a * du**2 + 2.0 * b * du * dv + c * dv**2 < CHI2_99_2DOF
    return np.asarray(np.maximum(inside.sum(axis=1) - 1, 0) / max(1, len(uv)))
