"""Calibrate poses from several pairs in held-out worlds, before export.

Every view of a held-out world is a query. Up to five views that form a pair with it are its references. The pose is
computed as in the localizer: triangulated from regressed poses, or solved from the matches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reloc.datatypes import Float64
from reloc.errors import ExportError
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable
from reloc.geometry.triangulation import PoseTriangulationConfig
from reloc.localizers.exrenet import match_pose, pair_pose
from reloc.localizers.exrenet.models import MATCHED, REGRESSED
from reloc.localizers.exrenet.pair_estimates import PairEstimates
from reloc.localizers.exrenet.pair_matches import PairMatches
from reloc.training.calibration import JudgedAnswers, Scales, pose_errors
from reloc.training.exrenet.material import ExReNetMaterial
from reloc.training.exrenet.outputs import ANSWERS, MATCHES_OUTPUT, ExReNetEncoderOutputs, PairOutputs
from reloc.training.rooms.rooms import HELD_OUT, RoomViews

REFERENCES = 5
FEWEST = 20  # poses needed to calibrate
Outputs = Mapping[str, NDArray[np.float32]]
_CHUNK = 32  # pairs at a time


@dataclass(frozen=True, slots=True)
class ExReNetJudgement:
    """Poses from several pairs, for calibration."""

    judged: JudgedAnswers
    scales: Scales
    asked: int  # number of views with two references or more


def judge_all(task: ExReNetMaterial, encoder: ExReNetEncoderOutputs, head: PairOutputs) -> dict[str, ExReNetJudgement]:
    """Return the judgments by solver. Matching is left out if an undertrained network's matches give too few poses.

    Raises:
        ExportError: as :func:`judge`, for the regressed poses.
    """
    judged = {REGRESSED: judge(task, encoder, head)}
    if task.config.network.fine:
        with suppress(ExportError):
            judged[MATCHED] = judge(task, encoder, head, MATCHED)
    return judged


def judge(
    task: ExReNetMaterial, encoder: ExReNetEncoderOutputs, head: PairOutputs, solver: str = REGRESSED
) -> ExReNetJudgement:
    """Compute poses; both modules are on the CPU, in eval mode.

    Args:
        solver: :data:`REGRESSED` or :data:`MATCHED`.

    Raises:
        ExportError: too few views were answered.
    """
    found: list[tuple[Float64, Float64, Float64]] = []  # pose, covariance, truth
    asked = 0
    for number in range(task.config.held_out):
        room = task.rooms.room(HELD_OUT, number)
        features = _encoded(encoder, room.images)
        for query, references in _queries(room):
            asked += 1
            given = compare(head, features, query, references)
            pose = _SOLVERS[solver](room.world_from_cam[references], given, len(references), task.config.camera)
            if pose is not None and is_usable(pose[1]):
                found.append((*pose, room.world_from_cam[query]))
    if len(found) < FEWEST:
        raise ExportError(
            f"Only {len(found)} of {asked} views of held-out worlds were answered; {FEWEST} are needed to calibrate",
            "Train longer, or with more --held-out worlds",
        )
    poses, covariances, truth = (np.stack(column) for column in zip(*found, strict=True))
    judged = JudgedAnswers(covariances, pose_errors(poses, truth))
    return ExReNetJudgement(judged, judged.with_limits(*judged.honest()), asked)


def _regressed(world_from_ref: Float64, given: Outputs, count: int, camera: Camera) -> tuple[Float64, Float64] | None:
    pose = pair_pose.solve(world_from_ref, PairEstimates.of(given, count), PoseTriangulationConfig())
    return None if pose is None else (pose.world_from_cam, pose.covariance())


def _matched(world_from_ref: Float64, given: Outputs, count: int, camera: Camera) -> tuple[Float64, Float64] | None:
    pose = match_pose.solve(world_from_ref, PairMatches.of(given, count, camera.width), camera)
    if pose is None or pose.agreed.sum() < 2:
        return None
    return pose.world_from_cam, pose.covariance


_SOLVERS = {REGRESSED: _regressed, MATCHED: _matched}


def compare(
    head: PairOutputs, features: tuple[Tensor, ...], query: int, references: NDArray[np.intp]
) -> dict[str, NDArray[np.float32]]:
    """Return the head's outputs for a query with each of its references. Both are numbers of encoded images."""
    count = len(references)
    first = tuple(f[torch.from_numpy(references)] for f in features)
    second = tuple(f[query : query + 1].expand(count, *f.shape[1:]) for f in features)
    with torch.no_grad():
        answers = head(*first, *second)
    return {name: a.numpy() for name, a in zip((*ANSWERS, MATCHES_OUTPUT), answers, strict=False)}


def _encoded(encoder: ExReNetEncoderOutputs, images: NDArray[np.uint8]) -> tuple[Tensor, ...]:
    with torch.no_grad():
        parts = [encoder(torch.from_numpy(images[i : i + _CHUNK].copy())) for i in range(0, len(images), _CHUNK)]
    return tuple(torch.cat(column) for column in zip(*parts, strict=True))


def _queries(room: RoomViews) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield views with their references: at least two, those with the most overlap."""
    pairs = room.pairs
    for query in range(len(room.images)):
        mine = (pairs.first == query) | (pairs.second == query)
        others = np.where(pairs.first == query, pairs.second, pairs.first)[mine]
        if len(others) >= 2:
            yield query, others[np.argsort(-pairs.overlap[mine])][:REFERENCES]
