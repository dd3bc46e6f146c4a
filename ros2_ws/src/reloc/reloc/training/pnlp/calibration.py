"""Calibrate the stated covariance on held-out worlds. Poses are computed as in the localizer.

Every view of a held-out world is a query, and the other views of the world are its map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from reloc.datatypes import Float32, Float64
from reloc.errors import ExportError
from reloc.geometry.covariance import is_usable
from reloc.localizers.pnlp import points as learned
from reloc.localizers.pnlp.consensus import PointConsensus, consensus
from reloc.localizers.pnlp.points import DenseView
from reloc.localizers.pnlp.refinement import refined
from reloc.localizers.pnlp.search import SearchConfig
from reloc.training.calibration import JudgedAnswers, Scales, pose_errors
from reloc.training.pnlp.errors import NetErrors
from reloc.training.pnlp.material import PnLPMaterial
from reloc.training.pnlp.outputs import PnLPOutputs
from reloc.training.rooms.rooms import HELD_OUT, RoomViews

FEWEST = 20  # poses needed to calibrate
MOST_QUERIES = 8  # queries per world; more take time and hardly improve the calibration
_CHUNK = 16
NORMAL = 1.4826  # ratio of standard deviation to median absolute deviation, for a normal distribution


@dataclass(frozen=True, slots=True)
class PnLPJudgement:
    """Poses, and the calibration that follows from them."""

    judged: JudgedAnswers
    scales: Scales
    asked: int  # number of queries
    # Median error of the first candidate's pose, meters and degrees, of answered queries.
    retrieved: tuple[float, float]
    depth_sigma: float  # sigma of the relative error that all depths of a place have in common


def judge(task: PnLPMaterial, outputs: PnLPOutputs, errors: NetErrors) -> PnLPJudgement:
    """Compute poses and calibrate. ``outputs`` is on the CPU, in eval mode.

    Raises:
        ExportError: too few views were answered.
    """
    depth_sigma = max(0.01, NORMAL * float(np.nanmedian(np.abs(errors.depth_bias))))
    found: list[tuple[PointConsensus, Float64, Float64]] = []
    asked = 0
    for number in range(task.config.held_out):
        room = task.rooms.room(HELD_OUT, number)
        descriptors, views = _seen(outputs, room)
        chosen = np.unique(np.linspace(0, len(views) - 1, MOST_QUERIES).round().astype(int))
        for query in chosen.tolist():
            asked += 1
            answer = _answer(task, room, descriptors, views, query, depth_sigma)
            if answer is not None:
                found.append((answer[0], room.world_from_cam[query], room.world_from_cam[answer[1]]))
    if len(found) < FEWEST:
        raise ExportError(
            f"Only {len(found)} of {asked} views of held-out worlds were answered; {FEWEST} are needed to calibrate",
            "Train longer, or with more --held-out worlds",
        )
    truth = np.stack([true for _, true, _ in found])
    judged = JudgedAnswers(
        np.stack([agreed.covariance for agreed, _, _ in found]),
        pose_errors(np.stack([agreed.pose.world_from_cam for agreed, _, _ in found]), truth),
    )
    nearest = JudgedAnswers(
        judged.covariances.copy(), pose_errors(np.stack([ref for _, _, ref in found]), truth)
    ).medians()
    return PnLPJudgement(judged, judged.with_limits(*judged.honest()), asked, nearest, depth_sigma)


def _answer(
    task: PnLPMaterial, room: RoomViews, descriptors: Float32, views: list[DenseView], query: int, depth_sigma: float
) -> tuple[PointConsensus, int] | None:
    """Return the pose and the first candidate, or None without a pose."""
    config, camera = SearchConfig(), task.config.camera
    alike = descriptors @ descriptors[query]
    alike[query] = -np.inf
    candidates = np.argsort(-alike, kind="stable")[: config.references]
    matches = [
        learned.match(views[query], views[i], room.world_from_cam[i], camera, config.max_spread) for i in candidates
    ]
    poses = [learned.solve(some, camera, config.max_error_px, depth_sigma) for some in matches]
    agreed = consensus(poses, config.min_inliers)
    if agreed is not None and config.together:
        agreed = refined(agreed, poses, matches, camera, depth_sigma, config.min_inliers)
    if (
        agreed is None
        or agreed.pose.share < config.min_share
        or len(agreed.agreeing) < config.min_references
        or agreed.rival_inliers > config.max_rival * agreed.pose.inliers
        or not is_usable(agreed.covariance)
    ):
        return None
    return agreed, int(candidates[0])


def _seen(outputs: PnLPOutputs, room: RoomViews) -> tuple[Float32, list[DenseView]]:
    images, rows, views = room.images, [], []
    for begin in range(0, len(images), _CHUNK):
        with torch.no_grad():
            given = [v.numpy() for v in outputs(torch.from_numpy(images[begin : begin + _CHUNK].copy()))]
        rows.append(given[0])
        views += [DenseView.of(*parts) for parts in zip(*given[1:], strict=True)]
    return np.concatenate(rows), views
