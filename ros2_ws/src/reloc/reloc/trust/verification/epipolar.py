"""Find which matches of image pairs a pose explains in a map without landmarks: those on their epipolar lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reloc.datatypes import Candidate, Float64, Localized
from reloc.distributions import CHI2_99_1DOF
from reloc.estimators.observation import Observation
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry.cameras import Camera
from reloc.geometry.planarity import is_homography
from reloc.geometry.rays import midpoints
from reloc.geometry.transforms import inverse, so3_exp
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.verification.chance import Trials, on_spots

MIN_SINE = 0.02  # rays more parallel than this meet anywhere, also behind the cameras
_STEP = 1e-6


def epipolar(
    answer: Localized,
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    references: Sequence[Candidate],
    max_ratio: float,
    max_error_px: float,
) -> tuple[Trials, bool]:
    """Return one trial for each spot of the image, and whether a homography explains all consistent matches, per
    reference.

    A match is consistent if it is in front of both cameras and near its epipolar line. The limit is ``max_error_px``
    plus the spread that the answer's covariance gives (99 %). Its probability by chance is the band's share of the
    image, or of the image's key points.
    """
    uv, fits, chance = [np.zeros((0, 2))], [np.zeros(0, bool)], [np.zeros(0)]
    planar = True
    for reference in references:
        features = reference_map.features(reference.index)
        found = mutual_nearest(observation.unit, as_unit(features.descriptors), max_ratio)
        if len(found) == 0:
            continue
        of_query = observation.uv[found[:, 0]]
        of_reference = reference_map.camera(reference.index).undistort(features.uv[found[:, 1]])
        usable = np.isfinite(of_reference).all(axis=1)
        of_query, of_reference = of_query[usable], of_reference[usable]
        rays = reference_map.camera(reference.index).pinhole.bearings(of_reference)
        world_from_ref = reference_map.world_from_cam[reference.index]
        off, band, lines = _bands(answer, world_from_ref, rays, of_query, camera, max_error_px)
        good = (np.abs(off) < band) & _ahead(answer.world_from_cam, world_from_ref, rays, of_query, camera)
        area = 2.0 * band * np.hypot(camera.width, camera.height) / (camera.width * camera.height)
        crowd = (np.abs(_distances(lines, observation.uv)) < band[:, None]).sum(axis=1) - 1
        share = np.maximum(area, np.maximum(crowd, 0) / max(1, len(observation.uv)))
        uv.append(of_query)
        fits.append(good)
        chance.append(np.minimum(np.nan_to_num(share, nan=1.0), 1.0))
        if good.any():
            planar &= is_homography(of_query[good], of_reference[good], max_error_px)
    return on_spots(np.concatenate(uv), np.concatenate(fits), np.concatenate(chance), max_error_px), planar


def _bands(
    answer: Localized, world_from_ref: Float64, rays: Float64, uv: Float64, camera: Camera, max_error_px: float
) -> tuple[Float64, Float64, Float64]:
    """Return distances (M,) in pixels to the epipolar lines, half widths (M,) of their bands, and lines (M, 3)."""
    columns = []
    for axis in range(6):
        step = np.zeros(6)
        step[axis] = _STEP
        ends = []
        for sign in (1.0, -1.0):
            moved = answer.world_from_cam.copy()
            moved[:3, 3] += sign * step[:3]
            moved[:3, :3] = so3_exp(sign * step[3:]) @ moved[:3, :3]
            ends.append(_off(_lines(moved, world_from_ref, rays, camera), uv))
        columns.append((ends[0] - ends[1]) / (2.0 * _STEP))
    jacobian = np.stack(columns, axis=1)
    variance = np.einsum("mi,ij,mj->m", jacobian, answer.covariance, jacobian) + max_error_px**2 / CHI2_99_1DOF
    lines = _lines(answer.world_from_cam, world_from_ref, rays, camera)
    return _off(lines, uv), np.sqrt(CHI2_99_1DOF * variance), lines


def _lines(world_from_cam: Float64, world_from_ref: Float64, rays: Float64, camera: Camera) -> Float64:
    """Return (M, 3) lines in the query's pixels of the reference's rays (M, 3), with unit normals; NaN if there is
    none.
    """
    cam_from_ref = inverse(world_from_cam) @ world_from_ref
    normal = np.cross(cam_from_ref[:3, 3], rays @ cam_from_ref[:3, :3].T)  # normals of the epipolar planes
    a, b = normal[:, 0] / camera.fx, normal[:, 1] / camera.fy
    line = np.column_stack([a, b, normal[:, 2] - a * camera.cx - b * camera.cy])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(line / np.hypot(a, b)[:, None])


def _off(lines: Float64, uv: Float64) -> Float64:
    """Return signed distances (M,) of pixels (M, 2) from their lines."""
    return np.asarray(lines[:, 0] * uv[:, 0] + lines[:, 1] * uv[:, 1] + lines[:, 2])


def _distances(lines: Float64, uv: Float64) -> Float64:
    """Return distances (M, N) of every pixel (N, 2) from every line."""
    return np.asarray(lines[:, :2] @ uv.T + lines[:, 2:])


def _ahead(
    world_from_cam: Float64, world_from_ref: Float64, rays: Float64, uv: Float64, camera: Camera
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return whether the two rays of each match meet in front of both cameras, or are too parallel to tell."""
    in_world = rays @ world_from_ref[:3, :3].T
    of_query = camera.pinhole.bearings(uv) @ world_from_cam[:3, :3].T
    start = np.broadcast_to(world_from_ref[:3, 3], in_world.shape), np.broadcast_to(world_from_cam[:3, 3], rays.shape)
    _, depth_ref, depth_query, sine = midpoints(start[0], in_world, start[1], of_query)
    with np.errstate(invalid="ignore"):
        return np.asarray((sine < MIN_SINE) | ((depth_ref > 0) & (depth_query > 0)))
