"""Validate CamNet on held-out images: every stage of the localizer's inference, with the network itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from reloc.datatypes import Float64, freeze
from reloc.geometry.transforms import rotation_angles_between
from reloc.localizers.camnet.stages import Database, Features, ImageFeatures, Regress
from reloc.networks.camnet import CamNetNetwork
from reloc.training.camnet.data import Exam
from reloc.training.camnet.outputs import CamNetEncoderOutputs, RegressorOutputs

CANDIDATES = 3  # the paper's K
STAGES = ("retrieval", "coarse", "fine")  # the first candidate's pose, coarse pose, and the fine pose of its reference
_CHUNK = 32  # images at a time


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One query of an exam."""

    truth: Float64  # (4, 4) true world_from_cam
    retrieval: Float64  # (4, 4) pose of the first candidate
    coarse: Float64  # (K, 4, 4) world_from_cam by coarse poses; NaN if a pose is missing
    fine: Float64  # (K, 4, 4) world_from_cam by fine poses
    similarity: float  # similarity of the first candidate
    place: str

    def __post_init__(self) -> None:
        freeze(self.truth, self.retrieval, self.coarse, self.fine)


def ask(camnet: CamNetNetwork, exams: Iterable[Exam], retrieves: bool = True) -> list[Asked]:
    """Return answers of all queries. The network is in eval mode; NaN is kept."""
    encoder = CamNetEncoderOutputs(camnet, retrieves).eval()
    coarse, fine = regress_by(camnet.coarse_pose), regress_by(camnet.fine_pose)
    asked = []
    for exam in exams:
        features = _encoded(encoder, exam.place.images)
        poses = exam.place.world_from_cam
        database = Database(poses[exam.database], _rows(features, exam.database))
        for query in exam.queries:
            without = np.flatnonzero(exam.database == query).tolist()
            one = _rows(features, query)
            candidates = database.candidates(one, CANDIDATES, without)
            if not candidates:
                continue
            found = database.stages(one, candidates, coarse, fine, without)
            first = database.world_from_cam[candidates[0].index]
            asked.append(Asked(poses[query], first, found.coarse, found.fine, candidates[0].similarity, exam.name))
    return asked


def regress_by(regressor: nn.Module) -> Regress:
    """Return the regressor in the form that the stages call."""
    outputs = RegressorOutputs(regressor).eval()
    device = next(regressor.parameters()).device

    def regress(references: Features, query: Features) -> NDArray[np.float32]:
        one, other = (torch.from_numpy(np.asarray(f, np.float32)).to(device) for f in (references, query))
        with torch.no_grad():
            answer: NDArray[np.float32] = outputs(one, other.expand(len(one), -1))[0].cpu().numpy()
        return answer

    return regress


def medians(asked: list[Asked]) -> dict[str, float]:
    """Return median errors of each stage, ``retrieval_m``, ``retrieval_deg`` and so on; infinite if half lack one."""
    figures: dict[str, float] = {}
    if not asked:
        return figures
    truth = np.stack([a.truth for a in asked])
    stages: Mapping[str, Float64] = {
        "retrieval": np.stack([a.retrieval for a in asked]),
        "coarse": np.stack([a.coarse[0] for a in asked]),
        "fine": np.stack([a.fine[0] for a in asked]),
    }
    for name, poses in stages.items():
        metres, radians = errors(poses, truth)
        figures[f"{name}_m"] = float(np.median(metres))
        figures[f"{name}_deg"] = float(np.rad2deg(np.median(radians)))
    return figures


def errors(poses: Float64, truth: Float64) -> tuple[Float64, Float64]:
    """Return meters and radians (N,) between poses (N, 4, 4); infinite if one is NaN."""
    usable = np.isfinite(poses).all(axis=(1, 2))
    metres, radians = np.full(len(poses), np.inf), np.full(len(poses), np.inf)
    metres[usable] = np.linalg.norm(poses[usable, :3, 3] - truth[usable, :3, 3], axis=1)
    radians[usable] = rotation_angles_between(poses[usable], truth[usable])
    return metres, radians


def _encoded(encoder: nn.Module, images: NDArray[np.uint8]) -> ImageFeatures:
    device = next(encoder.parameters()).device
    with torch.no_grad():
        parts = [
            encoder(torch.from_numpy(np.array(images[i : i + _CHUNK])).to(device))
            for i in range(0, len(images), _CHUNK)
        ]
    return ImageFeatures(*(torch.cat(column).float().cpu().numpy() for column in zip(*parts, strict=True)))


def _rows(features: ImageFeatures, which: NDArray[np.int64] | int) -> ImageFeatures:
    return ImageFeatures(features.descriptor[which], features.coarse[which], features.fine[which])
