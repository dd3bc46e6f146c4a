"""Give key points of new references the landmarks that the map has already: matches say which, the poses check it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int32, LocalFeatures
from reloc.geometry import transforms
from reloc.maps.building.matches import Matches
from reloc.maps.building.references import IngestedReferences

_ROUNDS = 2  # the second reaches new references that only other new ones match


def attach(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    ids: Sequence[Int32],
    matches: Matches,
    xyz: Float32,
    max_error_px: float,
    first: int,
) -> None:
    """Write landmarks into the ids of the references from ``first`` on.

    Args:
        ids: per reference (K,) the landmark of each key point, -1 for none.
        xyz: (L, 3) in the world.
        max_error_px: a key point is at most this far from its landmark's image.
    """
    for _ in range(_ROUNDS):
        for index, (key_points, landmarks) in sorted(_proposed(ids, matches, first).items()):
            cam_from_world = transforms.inverse(references.world_from_cam[index])
            uv = references.camera(index).project(transforms.transform(cam_from_world, xyz[landmarks]))
            error = np.linalg.norm(uv - features[index].uv[key_points], axis=1)
            order = np.argsort(error, kind="stable")
            order = order[error[order] < max_error_px]  # NaN, behind the camera, is no landmark
            for row in order.tolist():
                if ids[index][key_points[row]] < 0 and not (ids[index] == landmarks[row]).any():
                    ids[index][key_points[row]] = landmarks[row]


def free(ids: Sequence[Int32], matches: Matches) -> Matches:
    """Return the matches of key points that both have no landmark."""
    left = {(i, j): rows[(ids[i][rows[:, 0]] < 0) & (ids[j][rows[:, 1]] < 0)] for (i, j), rows in matches.items()}
    return {pair: rows for pair, rows in left.items() if len(rows)}


Proposals = dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]


def _proposed(ids: Sequence[Int32], matches: Matches, first: int) -> Proposals:
    """Return for each new reference key points without a landmark, and those of what they match."""
    found: dict[int, list[NDArray[np.int64]]] = {}
    for (i, j), rows in matches.items():
        for a, b, turned in ((i, j, rows), (j, i, rows[:, ::-1])):
            if b < first:
                continue
            landmark = ids[a][turned[:, 0]]
            new = (landmark >= 0) & (ids[b][turned[:, 1]] < 0)
            found.setdefault(b, []).append(np.column_stack([turned[new, 1], landmark[new]]).astype(np.int64))
    joined = {index: np.unique(np.concatenate(parts), axis=0) for index, parts in found.items()}
    return {index: (rows[:, 0], rows[:, 1]) for index, rows in joined.items() if len(rows)}
