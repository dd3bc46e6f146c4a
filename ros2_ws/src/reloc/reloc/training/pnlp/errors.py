"""Compute the errors of depth and matches in held-out worlds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from reloc.datatypes import Float64, freeze
from reloc.networks.pnlp import PnLPNet
from reloc.networks.pnlp_config import PNLP_PLACE
from reloc.training.pnlp.batches import collate, some_pairs
from reloc.training.pnlp.cells import cell_depth, cell_intrinsics
from reloc.training.pnlp.config import PnLPTaskConfig
from reloc.training.pnlp.learner import net_of
from reloc.training.pnlp.matching_loss import cell_matches
from reloc.training.prefetch import as_tensors, to_device
from reloc.training.rooms.rooms import HELD_OUT, Rooms


@dataclass(frozen=True, slots=True, eq=False)
class NetErrors:
    """Errors in W worlds. NaN if the network returned NaN, or a world has nothing to compare."""

    depth_off: Float64  # (W,) median relative error of depth
    depth_bias: Float64  # (W,) median of predicted / true depth, minus 1
    match_right: Float64  # (W,) share of cells matched within one cell, of the cells that the other image shows

    def __post_init__(self) -> None:
        freeze(self.depth_off, self.depth_bias, self.match_right)

    def medians(self) -> tuple[float, float]:
        """Return the medians of the depth error and of the share of right matches; NaN if the network returned any
        NaN.
        """
        if not np.isfinite(self.depth_off).all():
            return np.nan, np.nan
        return float(np.median(self.depth_off)), float(np.nanmedian(self.match_right))


def net_errors(network: nn.Module, rooms: Rooms[PnLPTaskConfig]) -> NetErrors:
    """Return errors on some pairs of every held-out world, without augmentation.

    The network is a learner in eval mode.
    """
    device = next(network.parameters()).device
    with torch.no_grad():
        rows = [_of_world(net_of(network), rooms, number, device) for number in range(rooms.config.held_out)]
    return NetErrors(*(np.array(column, np.float64) for column in zip(*rows, strict=True)))


def _of_world(
    net: PnLPNet, rooms: Rooms[PnLPTaskConfig], number: int, device: torch.device
) -> tuple[float, float, float]:
    config = rooms.config
    given = to_device(as_tensors(collate([some_pairs(rooms.room(HELD_OUT, number), config, number)], config)), device)
    answer = net(given["image"])
    truth = cell_depth(given["depth"], PNLP_PLACE)
    known = truth > 0
    ratio = (answer.depths[0] / truth.clamp(min=1e-6))[known]
    first, second, pose = given["first"], given["second"], given["world_from_cam"]
    intrinsics = cell_intrinsics(given["intrinsics"].expand(len(first), 4), PNLP_PLACE)
    match = cell_matches(truth[first], truth[second], torch.linalg.solve(pose[second], pose[first]), intrinsics)
    right = _right(answer.local, first, second, match)
    return float((ratio - 1).abs().median()), float(ratio.median()) - 1.0, right


def _right(local: torch.Tensor, first: torch.Tensor, second: torch.Tensor, match: torch.Tensor) -> float:
    right = count = 0
    width = match.shape[-1]
    for i, j, wanted in zip(first.tolist(), second.tolist(), match.flatten(1), strict=True):
        best = (local[i].flatten(1).T @ local[j].flatten(1)).argmax(1)
        near = torch.maximum((best % width - wanted % width).abs(), (best // width - wanted // width).abs()) <= 1
        right += int((near & (wanted >= 0)).sum())
        count += int((wanted >= 0).sum())
    return right / count if count else float("nan")
