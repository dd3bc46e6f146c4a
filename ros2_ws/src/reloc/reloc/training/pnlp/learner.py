"""The losses of a step: each image is encoded once, then compared in pairs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reloc.networks.pnlp import PnLPNet
from reloc.networks.pnlp_config import PNLP_PLACE
from reloc.training.pnlp.cells import cell_depth, cell_intrinsics
from reloc.training.pnlp.config import VIEWS, PnLPTaskConfig
from reloc.training.pnlp.depth_loss import depth_loss, off, spread_loss
from reloc.training.pnlp.matching_loss import cell_matches, matching_loss
from reloc.training.pnlp.view_loss import other_says, view_loss
from reloc.training.unwrap import unwrap

SPREAD = 0.1  # weight of the spread's loss, which trains only the spread's head


class PnLPLearner(nn.Module):
    """The network, in the form that the trainer wraps: it returns a tuple of tensors."""

    def __init__(self, net: PnLPNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> tuple[tuple[Tensor, ...], Tensor, Tensor, Tensor]:
        """Return the depths of all scales, features, spread, and the logarithm of a cosine's factor."""
        answer = self.net(image)
        return answer.depths, answer.local, answer.spread, self.net.log_factor


def losses(config: PnLPTaskConfig, network: nn.Module, batch: dict[str, Any]) -> dict[str, Tensor]:
    """Return the losses of depth, spread and matches for a batch, see :func:`reloc.training.pnlp.batches.batch`."""
    depths, local, spread, log_factor = network(batch["image"])
    first, second = batch["first"], batch["second"]
    # In bfloat16, geometry would be wrong by pixels.
    with torch.autocast(local.device.type, enabled=False):
        depths = tuple(depth.float() for depth in depths)
        spread = spread.float()
        pose = batch["world_from_cam"]
        second_from_first = torch.linalg.solve(pose[second], pose[first])
        intrinsics = batch["intrinsics"].expand(len(first), 4)
        cells = cell_intrinsics(intrinsics, PNLP_PLACE)
        truth = cell_depth(batch["depth"], PNLP_PLACE)
        if config.supervision == VIEWS:
            found = view_loss(
                [d[first] for d in depths], depths[0][second], batch["plain"][first], batch["plain"][second],
                second_from_first, intrinsics, config.smoothness,
            )  # fmt: skip
            found["depth_off"] = off(depths[0].detach(), batch["depth"])
            with torch.no_grad():
                known = depths[0].detach()
                wanted = other_says(known[first], known[second], second_from_first, cells)
            found["spread"] = spread_loss(spread[first], known[first], wanted)
        else:
            found = depth_loss(depths, batch["depth"])
            found["spread"], known = spread_loss(spread, depths[0], truth), truth
        with torch.no_grad():
            match = cell_matches(known[first], known[second], second_from_first, cells)
    found |= matching_loss(local[first], local[second], match, log_factor)
    return {"loss": found["depth"] + SPREAD * found["spread"] + config.matching * found["matching"], **found}


def net_of(network: nn.Module) -> PnLPNet:
    """Return the network of a learner, wrapped or not."""
    net: PnLPNet = unwrap(network).net
    return net
