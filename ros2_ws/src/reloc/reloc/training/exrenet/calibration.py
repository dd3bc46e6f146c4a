"""What the uncertainty of poses from several pairs is worth: measured in held-out worlds, before it is shipped.

Every view of a held-out world is a query, up to five views that make a pair with it are its references, and the pose
comes about as in the localizer: triangulated from the regressed ones, or solved from the matches.
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
FEWEST = 20  # poses to calibrate by
Outputs = Mapping[str, NDArray[np.float32]]
_CHUNK = 32  # pairs at a time


@dataclass(frozen=True, slots=True)
class ExReNetJudgement:
    """Poses from several pairs, and what they say of the network."""

    judged: JudgedAnswers
    scales: Scales
    asked: int  # views that had two references or more


def judge_all(task: ExReNetMaterial, encoder: ExReNetEncoderOutputs, head: PairOutputs) -> dict[str, ExReNetJudgement]:
    """By solver. Matches of a network that learned too little make too few poses: then there is none of them.

    Raises:
        ExportError: as :func:`judge`, of the regressed poses.
    """
    judged = {REGRESSED: judge(task, encoder, head)}
    if task.config.network.fine:
        with suppress(ExportError):
            judged[MATCHED] = judge(task, encoder, head, MATCHED)
    return judged


def judge(
    task: ExReNetMaterial, encoder: ExReNetEncoderOutputs, head: PairOutputs, solver: str = REGRESSED
) -> ExReNetJudgement:
    """Both modules on the CPU, in eval mode.

    Args:
        solver: :data:`REGRESSED` or :data:`MATCHED`.

    Raises:
        ExportError: so few views were answered that nothing can be said.
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
            f"Of {asked} views of held-out worlds {len(found)} were answered; {FEWEST} are needed to calibrate",
            "Train on, or with more --held-out worlds",
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
    """What the head gives of a query with each of its references, numbers of encoded images."""
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
    """Views with their references: those of most overlap, two at least."""
    pairs = room.pairs
    for query in range(len(room.images)):
        mine = (pairs.first == query) | (pairs.second == query)
        others = np.where(pairs.first == query, pairs.second, pairs.first)[mine]
        if len(others) >= 2:
            yield query, others[np.argsort(-pairs.overlap[mine])][:REFERENCES]
