"""What the uncertainty of triangulated poses is worth: measured in worlds that were held out, before it is shipped.

Every view of a held-out world is a query, up to five views that make a pair with it are its references, and the pose
comes about as in the localizer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from reloc.datatypes import Float64
from reloc.errors import ExportError
from reloc.geometry.covariance import is_usable
from reloc.geometry.triangulation import TriangulationConfig
from reloc.localizers._pair_estimates import PairEstimates
from reloc.localizers._pair_pose import PairPose, solve
from reloc.training.calibration import Judged, Scales, pose_errors
from reloc.training.exrenet.outputs import ANSWERS, EncoderOutputs, PairOutputs
from reloc.training.exrenet.rooms import HELD_OUT, Room

if TYPE_CHECKING:
    from reloc.training.tasks.exrenet import ExReNetTask

REFERENCES = 5
FEWEST = 20  # poses to calibrate by
_CHUNK = 32  # pairs at a time


@dataclass(frozen=True, slots=True)
class Judgement:
    """Poses from several pairs, and what they say of the network."""

    judged: Judged
    scales: Scales
    asked: int  # views that had two references or more


def judge(task: ExReNetTask, encoder: EncoderOutputs, head: PairOutputs) -> Judgement:
    """Both modules on the CPU, in eval mode.

    Raises:
        ExportError: so few views were answered that nothing can be said.
    """
    found: list[tuple[PairPose, Float64]] = []
    asked = 0
    for number in range(task.config.held_out):
        room = task.rooms.room(HELD_OUT, number)
        features = _encoded(encoder, room.images)
        for query, references in _queries(room):
            asked += 1
            pose = solve(
                room.world_from_cam[references], estimates(head, features, query, references), TriangulationConfig()
            )
            if pose is not None and is_usable(pose.covariance()):
                found.append((pose, room.world_from_cam[query]))
    if len(found) < FEWEST:
        raise ExportError(
            f"Of {asked} views of held-out worlds {len(found)} were answered; {FEWEST} are needed to calibrate",
            "Train on, or with more --held-out worlds",
        )
    errors = pose_errors(np.stack([p.world_from_cam for p, _ in found]), np.stack([truth for _, truth in found]))
    judged = Judged(np.stack([p.covariance() for p, _ in found]), errors)
    return Judgement(judged, judged.with_limits(*judged.honest()), asked)


def estimates(
    head: PairOutputs, features: tuple[Tensor, ...], query: int, references: NDArray[np.intp]
) -> PairEstimates:
    """Of a query with each of its references, numbers of encoded images."""
    count = len(references)
    first = tuple(f[torch.from_numpy(references)] for f in features)
    second = tuple(f[query : query + 1].expand(count, *f.shape[1:]) for f in features)
    with torch.no_grad():
        answers = head(*first, *second)
    outputs: Mapping[str, NDArray[np.float32]] = {n: a.numpy() for n, a in zip(ANSWERS, answers, strict=True)}
    return PairEstimates.of(outputs, count)


def _encoded(encoder: EncoderOutputs, images: NDArray[np.uint8]) -> tuple[Tensor, ...]:
    with torch.no_grad():
        parts = [encoder(torch.from_numpy(images[i : i + _CHUNK].copy())) for i in range(0, len(images), _CHUNK)]
    return tuple(torch.cat(column) for column in zip(*parts, strict=True))


def _queries(room: Room) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Views with their references: those of most overlap, two at least."""
    pairs = room.pairs
    for query in range(len(room.images)):
        mine = (pairs.first == query) | (pairs.second == query)
        others = np.where(pairs.first == query, pairs.second, pairs.first)[mine]
        if len(others) >= 2:
            yield query, others[np.argsort(-pairs.overlap[mine])][:REFERENCES]
