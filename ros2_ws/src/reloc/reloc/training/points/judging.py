"""Measure how well points are found again and matched, in pairs of views with known matches, one of them changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import nn

from reloc.datatypes import Float32, UInt8
from reloc.features.matching import mutual_nearest
from reloc.training.points.learner import net_of
from reloc.training.points.outputs import PointsOutputs
from reloc.training.points.view import TaughtPair

COUNT = 400  # points per image of the training size
NEAR_PX = 3.0  # largest error of a right match, and of a point that is found again

Extract = Callable[[UInt8], tuple[Float32, Float32]]  # (H, W) to key points (N, 2) and descriptors (N, D) of length 1


@dataclass(frozen=True, slots=True)
class MatchJudgment:
    """Means over pairs."""

    right: float  # right matches per pair
    precision: float  # share of the matches that are right
    repeated: float  # share of the first view's points that are found in the second view, of those that it shows
    off_px: float  # median error of a right match, pixels

    @property
    def words(self) -> str:
        """The judgment in one line."""
        found = f"{self.repeated:.0%} of points found again"
        right = f"{self.right:.0f} right matches, {self.off_px:.2f} px off in the median, {self.precision:.0%} of all"
        return f"{right}; {found}"


def judge(extract: Extract, pairs: Sequence[tuple[TaughtPair, UInt8, UInt8]]) -> MatchJudgment:
    """Judge features by the known matches of each pair, which predict a point's place in the other view."""
    rows = [_of_pair(extract, *pair) for pair in pairs]
    columns = np.array(rows, np.float64).T
    return MatchJudgment(
        *(float(some[np.isfinite(some)].mean()) if np.isfinite(some).any() else np.nan for some in columns)
    )


def _of_pair(extract: Extract, pair: TaughtPair, first: UInt8, second: UInt8) -> tuple[float, float, float, float]:
    one, other = extract(first), extract(second)
    if not len(one[0]) or not len(other[0]) or len(pair.matches) < 8:
        return 0.0, np.nan, np.nan, np.nan
    there = carried(pair.matches, one[0])
    seen = np.isfinite(there).all(axis=1)
    again = cKDTree(other[0]).query(there[seen])[0] < NEAR_PX if seen.any() else np.zeros(0)
    matched = mutual_nearest(one[1], other[1], 1.0)
    off = np.linalg.norm(there[matched[:, 0]] - other[0][matched[:, 1]], axis=1)
    right = int((off < NEAR_PX).sum())
    known = int(np.isfinite(off).sum())
    median = float(np.median(off[off < NEAR_PX])) if right else np.nan
    return float(right), right / known if known else np.nan, float(again.mean()) if len(again) else np.nan, median


def carried(matches: Float32, uv: Float32) -> Float32:
    """Return the pixels (N, 2) in the second view, predicted by the nearest matches (M, 4); NaN where none is near."""
    tree = cKDTree(matches[:, :2])
    distance, nearest = tree.query(uv, k=6)
    out = np.full((len(uv), 2), np.nan, np.float32)
    for i in np.flatnonzero(distance[:, 2] < 12.0):
        near = matches[nearest[i]]
        shifts = near[:, 2:] - near[:, :2]
        if np.ptp(shifts, axis=0).max() > 20.0:  # the nearest matches lie on both sides of a depth edge
            continue
        here = np.column_stack([near[:, :2] - uv[i], np.ones(len(near))])
        weight = 1.0 / (1.0 + distance[i])[:, None]
        solved, *_ = np.linalg.lstsq(here * weight, near[:, 2:] * weight, rcond=None)
        out[i] = solved[2]
    return out


def extractor(network: nn.Module, count: int = COUNT) -> Extract:
    """Return the feature extraction by a learner in eval mode, on the learner's device."""
    net = net_of(network)
    device = next(net.parameters()).device
    graph = PointsOutputs(net, count).to(device)

    def extract(gray: UInt8) -> tuple[Float32, Float32]:
        with torch.no_grad():
            pixel, shift, score, descriptor, _ = graph(torch.from_numpy(np.ascontiguousarray(gray))[None].to(device))
        found = score[0] > 0
        return (pixel[0] + shift[0])[found].cpu().numpy(), descriptor[0][found].cpu().numpy()

    return extract
