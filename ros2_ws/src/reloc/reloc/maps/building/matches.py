"""Third step: find key points of different references that are the same, as far as the known poses allow."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, LocalFeatures
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry import transforms
from reloc.maps.build_config import TriangulationConfig
from reloc.maps.building import arrays, pairs
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress, track
from reloc.threads import use_single_threaded_products

STEP = "matches"
Matches = dict[tuple[int, int], NDArray[np.uint32]]  # by pair i < j, rows (key point of i, key point of j)

_STRICT_RATIO = 0.7  # a match below it is nearly always right
_SURE = "sure"  # epipolar distances of such matches, with the reference that has most of them
_KEPT_IN_MEMORY = 256  # references whose descriptors stay unpacked
_LEAST_PX, _MOST_PX, _TIMES = 4.0, 16.0, 8.0


@dataclass(frozen=True, slots=True)
class VerifiedMatches:
    """Matches on their epipolar lines, and how well the poses fit the images."""

    matches: Matches
    pose_error_px: float  # median distance of the best matches from their epipolar lines
    max_error_px: float  # the limit that was used


def match(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    config: TriangulationConfig,
    kept: Path,
    progress: Progress,
    chosen: Iterable[tuple[int, int]] | None = None,
) -> None:
    """Match pairs into ``kept``: per pair the rows of both key points and their epipolar distance.

    Args:
        chosen: pairs (i, j), i < j; None: all that overlap.
    """
    # A reference is matched with its neighbors, so few are needed at a time: of all, they are a megabyte each.
    descriptors = lru_cache(maxsize=_KEPT_IN_MEMORY)(lambda i: as_unit(features[i].descriptors))
    rays = [references.camera(i).normalize(f.uv) for i, f in enumerate(features)]
    others: dict[int, list[int]] = {i: [] for i in range(len(references))}
    for i, j in pairs.overlapping(references, config.neighbours) if chosen is None else chosen:
        others[i].append(j)

    def table(i: int, j: int, ratio: float) -> Float32:
        found = mutual_nearest(descriptors(i), descriptors(j), ratio)
        distance = _epipolar_px(references, (i, j), rays[i][found[:, 0]], rays[j][found[:, 1]])
        return np.column_stack([found, distance]).astype(np.float32)

    def one(i: int) -> None:
        if _file(kept, i).exists():
            return
        bundle = {}
        for j in others[i]:
            bundle[f"{j}"] = table(i, j, config.ratio)
        if others[i]:
            # Of a pair at one position, such as a parked robot's, nothing is known about its matches.
            closest = max(others[i], key=lambda j: np.isfinite(bundle[f"{j}"][:, 2]).sum())
            bundle[_SURE] = table(i, closest, _STRICT_RATIO)[:, 2]
        arrays.save_bundle(_file(kept, i), bundle)

    use_single_threaded_products()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in track(progress, STEP, pool.map(one, range(len(references))), len(references)):
            pass


def verified(kept: Path, count: int, config: TriangulationConfig) -> VerifiedMatches:
    """Return the matches of :func:`match` that lie on their epipolar lines.

    The limit depends on the poses: structure from motion is accurate to a pixel, a depth camera's tracker to ten.
    Without a given limit, the best matches determine it.
    """
    sure = [arrays.load_bundle(_file(kept, i)).get(_SURE, np.zeros(0)) for i in range(count)]
    sure = [distance[np.isfinite(distance)] for distance in sure]
    sure = [distance for distance in sure if len(distance) >= config.min_matches]
    pose_error = float(np.median(np.concatenate(sure))) if sure else 0.0
    limit = config.max_error_px or float(np.clip(_TIMES * pose_error, _LEAST_PX, _MOST_PX))
    matches: Matches = {}
    for i in range(count):  # read again: all tables at once would be several times what remains of them
        tables = {int(j): table for j, table in arrays.load_bundle(_file(kept, i)).items() if j != _SURE}
        for j, table in sorted(tables.items()):
            near = table[table[:, 2] < limit, :2].astype(np.uint32)
            if len(near) >= config.min_matches:
                matches[i, j] = near
    return VerifiedMatches(matches, pose_error, limit)


def _epipolar_px(references: IngestedReferences, pair: tuple[int, int], xy_i: Float64, xy_j: Float64) -> Float64:
    """Return each match's distance from its epipolar line, the larger of both images, (K,) pixels."""
    i, j = pair
    j_from_i = transforms.inverse(references.world_from_cam[j]) @ references.world_from_cam[i]
    essential = transforms.skew(j_from_i[:3, 3]) @ j_from_i[:3, :3]
    h_i, h_j = (np.column_stack([xy, np.ones(len(xy))]) for xy in (xy_i, xy_j))
    line_j, line_i = h_i @ essential.T, h_j @ essential
    off = np.abs((h_j * line_j).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):  # two cameras at one position have no epipolar line
        in_i = off / np.linalg.norm(line_i[:, :2], axis=1) * references.camera(i).fx
        in_j = off / np.linalg.norm(line_j[:, :2], axis=1) * references.camera(j).fx
    return np.asarray(np.nan_to_num(np.maximum(in_i, in_j), nan=np.inf))


def _file(kept: Path, index: int) -> Path:
    return kept / f"{index:06d}.npz"
