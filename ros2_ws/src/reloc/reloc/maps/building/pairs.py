"""Choose which references to match with one another: those whose views overlap."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.maps.building.references import IngestedReferences

# Surfaces are not known yet, so views are compared at several depths, in meters.
_DEPTHS = (0.7, 1.5, 3.0, 6.0, 15.0)
_GRID = 6  # points along each side of the image


def overlapping(references: IngestedReferences, neighbours: int) -> list[tuple[int, int]]:
    """Return pairs (i, j), i < j, sorted: all if there are few, else for each reference those that overlap most."""
    count = len(references)
    if count - 1 <= neighbours:
        return [(i, j) for i in range(count) for j in range(i + 1, count)]
    seen = overlap(references)
    seen = np.minimum(seen, seen.T)
    np.fill_diagonal(seen, -1.0)
    pairs = set()
    for i in range(count):
        best = np.argsort(-seen[i], kind="stable")[:neighbours]
        pairs |= {(min(i, int(j)), max(i, int(j))) for j in best if seen[i, j] > 0}
    return sorted(pairs)


def overlap(references: IngestedReferences) -> Float64:
    """Return (N, N) the share of reference i's possible view (points at all depths) that j sees too."""
    count = len(references)
    cam_from_world = transforms.inverse(references.world_from_cam)
    shares = np.zeros((count, count))
    for i in range(count):
        xyz = transforms.transform(references.world_from_cam[i], _view_points(references, i))
        xyz_in_cams = np.einsum("nij,pj->npi", cam_from_world[:, :3, :3], xyz) + cam_from_world[:, None, :3, 3]
        for number, camera in enumerate(references.cameras):
            rows = np.flatnonzero(np.asarray(references.camera_of) == number)
            pinhole = camera.pinhole  # distortion folds far points back into the image
            uv = pinhole.project(xyz_in_cams[rows].reshape(-1, 3)).reshape(len(rows), -1, 2)
            with np.errstate(invalid="ignore"):  # NaN is behind the camera, so not inside
                inside = ((uv > 0) & (uv < (camera.width, camera.height))).all(axis=2)
            # Surfaces have one visible side: views from opposite sides share no key point.
            facing = references.world_from_cam[rows, :3, 2] @ references.world_from_cam[i, :3, 2] > 0
            shares[i, rows] = inside.mean(axis=1) * facing
    return shares


def _view_points(references: IngestedReferences, index: int) -> Float64:
    camera = references.camera(index)
    u, v = np.meshgrid(np.linspace(0, camera.width - 1, _GRID), np.linspace(0, camera.height - 1, _GRID))
    rays = np.column_stack([camera.normalize(np.column_stack([u.ravel(), v.ravel()])), np.ones(u.size)])
    return np.concatenate([rays * depth for depth in _DEPTHS])
