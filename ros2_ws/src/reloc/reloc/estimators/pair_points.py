"""Make points for a map without landmarks: intersect the rays of references that match one key point.

The points do not depend on the query's camera, so they can be used to estimate its focal length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reloc.datatypes import Float64, Int32
from reloc.geometry.rays import midpoints
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap

LEAST_PARALLAX_RAD = np.deg2rad(2.0)  # rays nearer to parallel do not determine a point's distance


def pair_points(
    reference_map: ReferenceMap, references: Sequence[int], matches: Sequence[Int32], max_error_px: float
) -> tuple[Int32, Float64]:
    """Triangulate each key point that matches two references or more from the two rays that differ most.

    Args:
        references: indices of the references.
        matches: for each reference (M, 2), key point of the query and of the reference.
        max_error_px: largest distance from a reference's key point to the projected point.

    Returns:
        Key points (K,) of the query, each once, and the points (K, 3) in the world. Points with nearly parallel rays,
            or behind a reference, are left out.
    """
    keypoint = np.concatenate([found[:, 0] for found in matches]).astype(np.int32)
    owner = np.repeat(np.arange(len(references)), [len(found) for found in matches])
    poses = reference_map.world_from_cam[list(references)]
    uv, rays = [], []
    for index, found in zip(references, matches, strict=True):
        camera = reference_map.camera(index)
        uv.append(camera.undistort(reference_map.features(index).uv[found[:, 1]]))
        xy = camera.pinhole.normalize(uv[-1])
        ray = np.column_stack([xy, np.ones(len(xy))]) @ reference_map.world_from_cam[index, :3, :3].T
        rays.append(ray / np.linalg.norm(ray, axis=1, keepdims=True))
    pixels, direction = np.concatenate(uv), np.concatenate(rays)
    first, second = _widest(keypoint, direction)
    if len(first) == 0:
        return np.zeros(0, np.int32), np.zeros((0, 3))
    xyz, along_first, along_second, _ = midpoints(
        poses[owner[first], :3, 3], direction[first], poses[owner[second], :3, 3], direction[second]
    )
    good = (along_first > 0) & (along_second > 0) & np.isfinite(xyz).all(axis=1)
    for rows in (first, second):
        for which, index in enumerate(references):
            own = np.flatnonzero(owner[rows] == which)
            seen = reference_map.camera(index).pinhole.project(transform(inverse(poses[which]), xyz[own]))
            with np.errstate(invalid="ignore"):
                good[own] &= np.linalg.norm(seen - pixels[rows[own]], axis=1) < max_error_px
    return keypoint[first[good]], xyz[good]


def _widest(keypoint: Int32, direction: Float64) -> tuple[np.ndarray, np.ndarray]:
    """Return for each key point the two of its rows (M,) whose rays (M, 3) differ most, if by enough."""
    order = np.argsort(keypoint, kind="stable")
    first, second = list[int](), list[int]()
    for rows in np.split(order, np.flatnonzero(np.diff(keypoint[order])) + 1):
        if len(rows) < 2:
            continue
        cosine = direction[rows] @ direction[rows].T
        a, b = divmod(int(cosine.argmin()), len(rows))
        if cosine[a, b] < np.cos(LEAST_PARALLAX_RAD):
            first.append(int(rows[a]))
            second.append(int(rows[b]))
    return np.array(first, dtype=np.intp), np.array(second, dtype=np.intp)
