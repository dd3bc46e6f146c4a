"""Errors of the network on pairs of known pose in held-out worlds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from reloc.datatypes import Float64, freeze
from reloc.geometry.rotations import angles_between_quaternions
from reloc.training.exrenet.batches import collate, some_pairs
from reloc.training.exrenet.config import ExReNetTaskConfig
from reloc.training.exrenet.pose_loss import AT_ONE_PLACE
from reloc.training.prefetch import as_tensors, to_device
from reloc.training.rooms.rooms import HELD_OUT, Rooms

CHUNK = 4  # worlds at a time
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PairErrors:
    """Errors of P pairs. An error is not finite if the network returned NaN or infinity."""

    direction_deg: Float64  # (P,) NaN if both cameras are at one position
    rotation_deg: Float64  # (P,)
    scale_m: Float64  # (P,)
    sparse: Bools  # (P,) whether the world is of the sparse kind

    def __post_init__(self) -> None:
        freeze(self.direction_deg, self.rotation_deg, self.scale_m, self.sparse)

    def medians(self, which: Bools | None = None) -> tuple[float, float, float]:
        """Return the medians of direction, rotation (degrees) and scale (meters); NaN without errors, or if one is
        NaN.
        """
        chosen = np.ones(len(self.sparse), np.bool_) if which is None else which
        if not chosen.any() or not np.isfinite(self.rotation_deg[chosen]).all():
            return np.nan, np.nan, np.nan
        direction = np.nanmedian(self.direction_deg[chosen])
        return float(direction), float(np.median(self.rotation_deg[chosen])), float(np.median(self.scale_m[chosen]))


def pair_errors(network: nn.Module, rooms: Rooms[ExReNetTaskConfig]) -> PairErrors:
    """Compute the errors on some pairs of every held-out world, without augmentation. The learner is in eval mode."""
    config, rows = rooms.config, []
    device = next(network.parameters()).device
    for begin in range(0, config.held_out, CHUNK):
        numbers = range(begin, min(begin + CHUNK, config.held_out))
        groups = [some_pairs(rooms.room(HELD_OUT, i), config, i) for i in numbers]
        given: Any = to_device(as_tensors(collate(groups, config)), device)
        with torch.no_grad():
            answers = network(given["image"], given["reference"], given["query"])[0]
        sparse = np.repeat([rooms.is_sparse(i) for i in numbers], [len(g["query"]) for g in groups])
        rows.append((*_errors(answers.double().cpu().numpy(), given), sparse))
    direction, rotation, scale, sparse = (np.concatenate(column) for column in zip(*rows, strict=True))
    return PairErrors(direction, rotation, scale, sparse)


def _errors(answers: Float64, given: dict[str, Any]) -> tuple[Float64, Float64, Float64]:
    truth = {name: given[name].double().cpu().numpy() for name in ("direction", "rotation", "scale")}
    if not np.isfinite(answers).all():
        nothing = np.full(len(answers), np.nan)
        return nothing, nothing.copy(), nothing.copy()
    said = answers[:, :3] / np.maximum(np.linalg.norm(answers[:, :3], axis=1, keepdims=True), 1e-9)
    direction = np.rad2deg(np.arccos(np.clip((said * truth["direction"]).sum(axis=1), -1.0, 1.0)))
    direction[truth["scale"] <= AT_ONE_PLACE] = np.nan
    quaternion = answers[:, 3:7] + 1e-12 * np.array([0.0, 0.0, 0.0, 1.0])
    turned = angles_between_quaternions(quaternion, truth["rotation"])
    return direction, np.rad2deg(turned), np.abs(answers[:, 7] - truth["scale"])
