"""Read landmarks from depth images: metric, and also for points that only one reference sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from reloc.datatypes import Float32, Float64, LocalFeatures
from reloc.errors import DepthError
from reloc.geometry import transforms
from reloc.maps import depth as depth_images
from reloc.maps.build_config import DepthConfig
from reloc.maps.building import arrays
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.matches import VerifiedMatches
from reloc.maps.building.references import IngestedReferences
from reloc.maps.progress import Progress, track
from reloc.maps.source import SourceFrame

STEP = "depth"
_SANE_M = (0.05, 500.0)  # meters; a median depth outside means a wrong unit


def read_depth(
    frames: Sequence[SourceFrame],
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    config: DepthConfig,
    kept: Path,
    progress: Progress,
) -> None:
    """Read the depth of every key point, one file per reference in ``kept``.

    Raises:
        DepthError: the median depth is implausible.
        ImageError: a depth image cannot be read.
    """
    medians = []
    for index, frame in enumerate(track(progress, STEP, frames)):
        file = _file(kept, index)
        if not file.exists():
            image = frame.load_depth()
            whole = np.zeros(0, np.float32) if image is None else depth_images.register(image, references.camera(index))
            known = whole[whole > 0]
            depths = at_key_points(whole, features[index].uv, config) if len(known) else np.zeros(len(features[index]))
            median = float(np.median(known)) if len(known) else np.nan
            arrays.save_bundle(file, {"depth": depths.astype(np.float32), "median": np.array(median)})
        medians.append(float(arrays.load_bundle(file)["median"]))
    present = [m for m in medians if np.isfinite(m)]
    if present and not _SANE_M[0] <= float(np.median(present)) <= _SANE_M[1]:
        raise DepthError(
            f"The median depth is {np.median(present):.4g} m, which is implausible for a room",
            "Pass the units per meter with --depth-scale (1000 for millimeters)",
        )


def from_depth(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    verified: VerifiedMatches,
    config: DepthConfig,
    kept: Path,
) -> Landmarks:
    """Return landmarks of the key points that have depth; matched ones at one position become one landmark.

    Raises:
        DepthError: no key point has depth.
    """
    counts = [len(f) for f in features]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    depth = np.concatenate([arrays.load_bundle(_file(kept, i))["depth"] for i in range(len(references))])
    if not (depth > 0).any():
        raise DepthError("No key point of any reference has depth", "Build with --landmarks triangulate")
    xyz = np.full((len(depth), 3), np.nan)
    for i, found in enumerate(features):
        part = slice(offsets[i], offsets[i + 1])
        rays = np.column_stack([references.camera(i).normalize(found.uv), np.ones(len(found))])
        xyz[part] = transforms.transform(references.world_from_cam[i], rays * depth[part, None])
    known = depth > 0
    group = _grouped(verified, offsets, xyz, known, config.merge_m)
    landmarks = _medians(group, xyz, known, counts)
    return _split_off_misfits(landmarks, references, features, xyz, known, config)


def at_key_points(depth: Float32, uv: Float32, config: DepthConfig) -> Float64:
    """Return depth (K,) of pixels (K, 2): the median of a window, 0 if it is unknown, too far or at an edge.

    At an edge a key point may belong to either surface, and a color pixel often gets the wrong surface's depth. So
    those are refused.
    """
    height, width = depth.shape
    half = config.window_px // 2
    padded = np.pad(depth, half)
    u = np.clip(np.rint(uv[:, 0]).astype(np.intp), 0, width - 1)
    v = np.clip(np.rint(uv[:, 1]).astype(np.intp), 0, height - 1)
    shift = np.arange(config.window_px if config.window_px % 2 else config.window_px + 1)
    window = (
        padded[v[:, None, None] + shift[:, None], u[:, None, None] + shift]
        .reshape(len(uv), len(shift) ** 2)
        .astype(np.float64)
    )
    believed = (window > config.min_depth_m) & (window < config.max_depth_m)
    enough = believed.sum(axis=1) * 2 > window.shape[1]
    window = np.where(believed, window, np.nan)
    out = np.zeros(len(uv))
    if enough.any():
        some = window[enough]
        middle = np.nanmedian(some, axis=1)
        even = np.nanmax(some, axis=1) - np.nanmin(some, axis=1) <= config.max_step * middle
        out[enough] = np.where(even, middle, 0.0)
    return out


def _grouped(
    verified: VerifiedMatches, offsets: NDArray[np.int64], xyz: Float64, known: NDArray[np.bool_], merge_m: float
) -> NDArray[np.int32]:
    """Return (M,) a group number for each key point, equal for those that match and lie together."""
    rows = [np.zeros(0, np.int64)]
    columns = [np.zeros(0, np.int64)]
    for (i, j), matches in verified.matches.items():
        a, b = matches[:, 0] + offsets[i], matches[:, 1] + offsets[j]
        near = known[a] & known[b] & (np.linalg.norm(xyz[a] - xyz[b], axis=1) <= merge_m)
        rows.append(a[near])
        columns.append(b[near])
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(row), np.int8), (row, column)), shape=(len(xyz), len(xyz)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)


def _medians(group: NDArray[np.int32], xyz: Float64, known: NDArray[np.bool_], counts: Sequence[int]) -> Landmarks:
    """Return one landmark per group, at the median of its members' measurements."""
    members = np.flatnonzero(known)
    _, index = np.unique(group[members], return_inverse=True)
    order = np.argsort(index, kind="stable")
    parts = np.split(members[order], np.flatnonzero(np.diff(index[order])) + 1)
    ids = np.full(len(group), -1, np.int32)
    ids[members] = index
    places = np.array([np.median(xyz[part], axis=0) for part in parts])
    return Landmarks(places, tuple(np.split(ids, np.cumsum(counts)[:-1])))


def _split_off_misfits(
    landmarks: Landmarks,
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    xyz: Float64,
    known: NDArray[np.bool_],
    config: DepthConfig,
) -> Landmarks:
    """Split off key points that do not see their merged landmark at its position; they get their own again."""
    errors = np.concatenate(landmarks.errors_px(references, features))
    misfit = known & ~(errors <= config.max_reprojection_px)  # NaN, behind the camera, is a misfit too
    ids = np.concatenate(landmarks.ids).copy()
    ids[misfit] = len(landmarks) + np.arange(int(misfit.sum()))
    places = np.concatenate([landmarks.xyz, xyz[misfit]])
    counts = [len(f) for f in features]
    split = Landmarks(places, tuple(np.split(ids.astype(np.int32), np.cumsum(counts)[:-1])))
    nothing = Landmarks.from_tracks(np.zeros((0, 3)), [], counts, {})
    return nothing.followed_by(split)  # renumbered, without landmarks that nobody sees any more


def _file(kept: Path, index: int) -> Path:
    return kept / f"{index:06d}.npz"
