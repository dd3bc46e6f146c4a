"""Measure how much of the predicted view is in the image: one object of a place is not a view of it.

A magazine that was carried elsewhere, or a picture of it, gives a pose with many inliers, all on the magazine. Its
former surroundings are missing. They need not match anything else, so nothing contradicts the pose. But the references
that saw the magazine also saw its surroundings, and the pose predicts where these must be in the image.

In a hard view (far, blurred, from the side) only some landmarks are found, but everywhere in the image. So two counts
of cells are compared: those that show some landmarks, and those that would if landmarks were found as often in each
cell. In Red Kitchen with parts of other views pasted in, wrong poses have 0.12 to 0.24. Right poses have 0.31 and more
for plain views (250 queries), and 0.43 if half of the view is covered by a blank area.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reloc.datatypes import Candidate, Float64, Int32
from reloc.geometry.cameras import Camera
from reloc.geometry.image_grid import GRID, cells_of
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap

_LEAST = 6  # landmarks of a reference that the pose explains; with fewer, it may see another place through a door
_SUREST = 0.99  # highest rate at which a landmark is found


def presence(
    world_from_cam: Float64,
    camera: Camera,
    reference_map: ReferenceMap,
    references: Sequence[Candidate],
    landmarks: Int32,
    uv: Float64,
    explained: Int32,
) -> float:
    """Return the cells of an 8 x 8 grid that hold an inlier, as a share (0 to 1) of those that should.

    Cells without key points do not count: a hand in front of the lens leaves the rest valid.

    Args:
        world_from_cam: (4, 4) the pose.
        references: those that were matched; only those that see some of ``landmarks`` count.
        landmarks: (K,) explained by the pose, in the map.
        uv: (N, 2) the query's key points in the camera's pinhole.
        explained: those of them that the pose explains.
    """
    visible = _visible(world_from_cam, camera, reference_map, references, landmarks)
    found, known, shown = (_count(pixels, camera) for pixels in (uv[explained], visible, uv))
    chances = np.maximum(np.minimum(known, shown), found)
    hit = found > 0
    if not hit.any():
        return 0.0
    rate = min(_SUREST, float(found.sum() / chances[hit].sum()))
    return min(1.0, float(hit.sum() / (1.0 - (1.0 - rate) ** chances).sum()))


def _visible(
    world_from_cam: Float64,
    camera: Camera,
    reference_map: ReferenceMap,
    references: Sequence[Candidate],
    landmarks: Int32,
) -> Float64:
    """Return pixels (M, 2) at which landmarks of the references must appear, without those seen from behind."""
    pixels = [np.zeros((0, 2))]
    taken = np.zeros(0, np.int32)
    for candidate in references:
        ids = np.unique(reference_map.landmark_ids(candidate.index))
        ids = ids[ids >= 0]
        if np.isin(ids, landmarks).sum() < _LEAST:
            continue
        ids = np.setdiff1d(ids, taken)
        taken = np.concatenate([taken, ids])
        xyz = reference_map.landmarks[ids].astype(np.float64)
        now = xyz - world_from_cam[:3, 3]
        then = xyz - reference_map.world_from_cam[candidate.index, :3, 3]
        ahead = np.einsum("ni,ni->n", now, then) > 0
        pixels.append(camera.pinhole.project(transform(inverse(world_from_cam), xyz[ahead])))
    return np.concatenate(pixels)


def _count(uv: Float64, camera: Camera) -> Float64:
    """Count the pixels (N, 2) in each of the cells (64,); NaN and pixels outside the image are not counted."""
    with np.errstate(invalid="ignore"):
        inside = ((uv > -0.5) & (uv < (camera.width - 0.5, camera.height - 0.5))).all(axis=1)
    return np.bincount(cells_of(uv[inside], camera), minlength=GRID**2).astype(np.float64)
