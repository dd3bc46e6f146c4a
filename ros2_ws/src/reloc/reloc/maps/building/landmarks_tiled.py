"""Triangulate a large map in overlapping tiles, so that time and memory grow with the number of references.

COLMAP takes all references of a tile at once, and more than twice as long for twice as many. A tile has the references
of one part of the map, and those that are matched with them. Landmarks of two tiles that share a key point are one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from reloc.datatypes import Float64, Int32, LocalFeatures
from reloc.geometry import transforms
from reloc.maps.build_config import TriangulationConfig
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.landmarks_triangulated import report, triangulate
from reloc.maps.building.matches import Matches, VerifiedMatches
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress

TILE = 200  # references; COLMAP needs about 1 MB for each
Ints = NDArray[np.intp]


def triangulate_in_tiles(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    verified: VerifiedMatches,
    config: TriangulationConfig,
    progress: Progress,
) -> Landmarks:
    """Return landmarks of matched key points; poses and cameras do not change. A small map is one tile.

    Raises:
        DependencyError: pycolmap is not installed.
        StorageError: there is no room for COLMAP's database.
    """
    parts = tiles(references.world_from_cam[:, :3, 3])
    if len(parts) == 1:
        progress("landmarks", 0, 1)
        found = triangulate(references, features, verified, config)
        progress("landmarks", 1, 1)
        return found
    joined = _Joined(references, features, verified.max_error_px)
    for number, part in enumerate(parts):
        progress("landmarks", number, len(parts))
        around, matches = _with_neighbors(part, verified)
        tile = VerifiedMatches(matches, verified.pose_error_px, verified.max_error_px)
        joined.add(around, triangulate(references.part(around), [features[i] for i in around], tile, config))
    progress("landmarks", len(parts), len(parts))
    return joined.landmarks(report(verified))


def tiles(centers: Float64) -> list[Ints]:
    """Return the references of each tile: halves of halves of the map (N, 3), along its longer side each time."""
    done, left = list[Ints](), [np.arange(len(centers))]
    while left:
        part = left.pop()
        if len(part) <= TILE:
            done.append(np.sort(part))
            continue
        axis = int(np.ptp(centers[part], axis=0).argmax())
        order = part[np.argsort(centers[part, axis], kind="stable")]
        left += [order[len(order) // 2 :], order[: len(order) // 2]]
    return done


def _with_neighbors(part: Ints, verified: VerifiedMatches) -> tuple[list[int], Matches]:
    """Return a tile's references and those matched with them, sorted, and their matches by place in this list."""
    inside = set(part.tolist())
    chosen = {pair: rows for pair, rows in verified.matches.items() if pair[0] in inside or pair[1] in inside}
    around = sorted(inside.union(*chosen))
    place = {index: number for number, index in enumerate(around)}
    return around, {(place[i], place[j]): rows for (i, j), rows in chosen.items()}


class _Joined:
    """Landmarks of tiles, joined where they share a key point."""

    def __init__(self, references: IngestedReferences, features: Sequence[LocalFeatures], max_error_px: float) -> None:
        self._references, self._features, self._max_error_px = references, features, max_error_px
        self._first = np.concatenate([[0], np.cumsum([len(f) for f in features])])  # key point of each reference
        self._xyz, self._count = list[Float64](), 0
        self._landmark, self._key_point = list[Ints](), list[Ints]()

    def add(self, around: Sequence[int], found: Landmarks) -> None:
        """Add what the tile with the references ``around`` has."""
        for index, ids in zip(around, found.ids, strict=True):
            seen = np.flatnonzero(ids >= 0)
            self._landmark.append(ids[seen].astype(np.intp) + self._count)
            self._key_point.append(seen + self._first[index])
        self._xyz.append(found.xyz)
        self._count += len(found)

    def landmarks(self, figures: dict[str, Any]) -> Landmarks:
        """Return all. Of landmarks that are one, the position seen by the most references counts."""
        landmark, key_point = np.concatenate(self._landmark), np.concatenate(self._key_point)
        used, column = np.unique(key_point, return_inverse=True)
        size = self._count + len(used)
        shares = csr_matrix((np.ones(len(landmark), bool), (landmark, self._count + column)), shape=(size, size))
        group = connected_components(shares, directed=False)[1][: self._count]
        seen_by = np.bincount(landmark, minlength=self._count)
        best_first = np.lexsort((np.arange(self._count), -seen_by, group))
        groups, first = np.unique(group[best_first], return_index=True)
        best = np.sort(best_first[first])  # in the order of tiles
        xyz = np.concatenate(self._xyz)[best]
        number = np.empty(len(groups), np.intp)
        number[group[best]] = np.arange(len(best))
        pairs = np.unique(np.column_stack([key_point, number[group[landmark]]]), axis=0)
        ids = self._ids(xyz, pairs)
        seen = np.unique(np.concatenate(ids))
        seen = seen[seen >= 0]
        renumbered = np.full(len(xyz) + 1, -1, np.int32)  # the last is that of -1
        renumbered[seen] = np.arange(len(seen), dtype=np.int32)
        return Landmarks(xyz[seen], tuple(renumbered[one] for one in ids), figures)

    def _ids(self, xyz: Float64, pairs: Ints) -> tuple[Int32, ...]:
        """Return the landmarks of each reference's key points, from pairs (M, 2) of both that are sorted."""
        found = []
        for index, features in enumerate(self._features):
            start, stop = np.searchsorted(pairs[:, 0], self._first[index : index + 2])
            key_point, landmark = (pairs[start:stop] - (self._first[index], 0)).T
            pose = transforms.inverse(self._references.world_from_cam[index])
            uv = self._references.camera(index).project(transforms.transform(pose, xyz[landmark]))
            off = np.linalg.norm(uv - features.uv[key_point], axis=1)
            order = np.argsort(off, kind="stable")
            order = order[off[order] < self._max_error_px]  # NaN, behind the camera, is no landmark
            order = order[np.sort(np.unique(landmark[order], return_index=True)[1])]  # a reference sees it once
            ids = np.full(len(features), -1, np.int32)
            ids[key_point[order]] = landmark[order]
            found.append(ids)
        return tuple(found)
