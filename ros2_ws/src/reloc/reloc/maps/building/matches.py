"""Third step: which key points of different references are the same, as far as the known poses allow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, LocalFeatures
from reloc.features.rootsift import as_unit
from reloc.geometry import transforms
from reloc.maps.build_config import TriangulationConfig
from reloc.maps.building import arrays, pairs
from reloc.maps.building.references import References
from reloc.maps.progress import Progress, track

STEP = "matches"
Matches = dict[tuple[int, int], NDArray[np.uint32]]  # by pair i < j, rows (key point of i, key point of j)

_STRICT_RATIO = 0.7  # what passes it is nearly always right
_LEAST_PX, _MOST_PX, _TIMES = 4.0, 16.0, 4.0


@dataclass(frozen=True, slots=True)
class Verified:
    """Matches on their epipolar lines, and how well the poses fit the images."""

    matches: Matches
    pose_error_px: float  # median distance of the surest matches from their epipolar lines
    max_error_px: float  # what was allowed


def match(
    references: References,
    features: Sequence[LocalFeatures],
    config: TriangulationConfig,
    kept: Path,
    progress: Progress,
) -> None:
    """Match all overlapping pairs, into ``kept``: per pair the key points, epipolar distance and ratio."""
    descriptors = [as_unit(f.descriptors) for f in features]
    rays = [references.camera(i).normalize(f.uv) for i, f in enumerate(features)]
    others: dict[int, list[int]] = {i: [] for i in range(len(references))}
    for i, j in pairs.overlapping(references, config.neighbours):
        others[i].append(j)

    def one(i: int) -> None:
        if _file(kept, i).exists():
            return
        bundle = {}
        for j in others[i]:
            found, ratio = mutual_matches(descriptors[i], descriptors[j], config.ratio)
            if len(found):
                distance = _epipolar_px(references, (i, j), rays[i][found[:, 0]], rays[j][found[:, 1]])
                bundle[f"{j}"] = np.column_stack([found, distance, ratio]).astype(np.float32)
        arrays.save_bundle(_file(kept, i), bundle)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in track(progress, STEP, pool.map(one, range(len(references))), len(references)):
            pass


def verified(kept: Path, count: int, config: TriangulationConfig) -> Verified:
    """The matches that :func:`match` left, those on their epipolar lines only.

    How near that is depends on the poses: those of structure from motion are good to a pixel, those of
    a depth camera's tracker to ten. Asked for no limit, it is taken from the surest matches themselves.
    """
    tables = {
        (i, int(j)): table for i in range(count) for j, table in sorted(arrays.load_bundle(_file(kept, i)).items())
    }
    sure = [t[t[:, 3] < _STRICT_RATIO, 2] for t in tables.values()]
    sure = [distance for distance in sure if len(distance) >= config.min_matches]
    pose_error = float(np.median(np.concatenate(sure))) if sure else 0.0
    limit = config.max_error_px or float(np.clip(_TIMES * pose_error, _LEAST_PX, _MOST_PX))
    matches = {pair: t[t[:, 2] < limit, :2].astype(np.uint32) for pair, t in sorted(tables.items())}
    return Verified({pair: m for pair, m in matches.items() if len(m) >= config.min_matches}, pose_error, limit)


def mutual_matches(a: Float32, b: Float32, max_ratio: float) -> tuple[NDArray[np.intp], Float32]:
    """Mutual nearest neighbours of unit descriptors (N, 128) and (M, 128).

    Returns (K, 2) indices into a and b, and (K,) the distance as a share of that to the second nearest.
    """
    if len(a) < 2 or len(b) < 2:
        return np.zeros((0, 2), np.intp), np.zeros(0, np.float32)
    similarity = a @ b.T
    rows = np.arange(len(a))
    nearest = similarity.argmax(axis=1)
    mutual = similarity.argmax(axis=0)[nearest] == rows
    best = similarity[rows, nearest]
    similarity[rows, nearest] = -2.0
    second = similarity.max(axis=1)
    # bytes are rounded, so that lengths are not quite one: distances may come out a hair below zero
    ratio = np.sqrt(np.maximum(1.0 - best, 0.0) / np.maximum(1.0 - second, 1e-6))
    good = mutual & (ratio < max_ratio)
    return np.column_stack([rows[good], nearest[good]]), ratio[good].astype(np.float32)


def _epipolar_px(references: References, pair: tuple[int, int], xy_i: Float64, xy_j: Float64) -> Float64:
    """Distance of each match from its epipolar line, the larger of both images, (K,) pixels."""
    i, j = pair
    j_from_i = transforms.inverse(references.world_from_cam[j]) @ references.world_from_cam[i]
    essential = transforms.skew(j_from_i[:3, 3]) @ j_from_i[:3, :3]
    h_i, h_j = (np.column_stack([xy, np.ones(len(xy))]) for xy in (xy_i, xy_j))
    line_j, line_i = h_i @ essential.T, h_j @ essential
    off = np.abs((h_j * line_j).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):  # two cameras in one place have no epipolar line
        in_i = off / np.linalg.norm(line_i[:, :2], axis=1) * references.camera(i).fx
        in_j = off / np.linalg.norm(line_j[:, :2], axis=1) * references.camera(j).fx
    return np.asarray(np.nan_to_num(np.maximum(in_i, in_j), nan=np.inf))


def _file(kept: Path, index: int) -> Path:
    return kept / f"{index:06d}.npz"
