"""Compute all losses of a batch, and hold the network for the trainer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from reloc.networks.points import PointsNet
from reloc.training.points.losses import (
    at,
    imitation_loss,
    matching_loss,
    place_loss,
    reliability_loss,
)
from reloc.training.unwrap import unwrap

if TYPE_CHECKING:
    from reloc.training.points.config import PointsTaskConfig

RELIABILITY, PLACE = 0.5, 0.2  # weights
BEGIN_FACTOR = 15.0  # initial factor of a cosine


class PointsLearner(nn.Module):
    """The network and the learned factor of the cosines; returns a tuple of tensors."""

    def __init__(self, net: PointsNet) -> None:
        super().__init__()
        self.net = net
        self.log_factor = nn.Parameter(torch.tensor(math.log(BEGIN_FACTOR)))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the parts of :class:`reloc.networks.points.PointsAnswer`, and the factor's logarithm."""
        return (*self.net(image), self.log_factor)


def losses(config: PointsTaskConfig, network: nn.Module, batch: dict[str, Any]) -> dict[str, Tensor]:
    """Return the losses of a batch, see :func:`reloc.training.points.batches.collate`."""
    reliability, descriptors, place, log_factor = network(batch["image"])
    matches, known = batch["matches"], batch["known"]
    pairs = len(matches)
    with torch.autocast(place.device.type, enabled=False):
        reliability, descriptors, place = (x.float() for x in (reliability, descriptors, place))
        uv = torch.cat([matches[..., :2], matches[..., 2:]])
        seen = at(torch.cat([descriptors, reliability], dim=1), uv, config.side)
        found = matching_loss(seen[:pairs, :-1], seen[pairs:, :-1], known, log_factor)
        confidence = found.pop("confidence")
        found["imitation"] = imitation_loss(descriptors, batch["wanted"].float(), batch["weight"])
        found["reliability"] = reliability_loss(seen[:pairs, -1], seen[pairs:, -1], confidence, known)
        found["place"] = place_loss(place[:pairs], place[pairs:])
    total = config.imitation * found["imitation"] + config.matching * found["matching"]
    total = total + RELIABILITY * found["reliability"] + PLACE * found["place"]
    return {"loss": total, **found}


def net_of(network: nn.Module) -> PointsNet:
    """Return the network of a learner, wrapped or not."""
    net: PointsNet = unwrap(network).net
    return net
