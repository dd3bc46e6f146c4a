"""Features of each place of an image, at two resolutions, from a backbone's stacks (ExReNet paper, IV.B)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.exrenet_config import ExReNetNetworkConfig
from reloc.networks.unet import Up

STEEP = 10.0  # how many times a cosine counts at the beginning: the matching loss wants a margin of 1


class ResNetPlaces(nn.Module):
    """What stands behind a ResNet's three stacks. ``channels`` are those of the one or two maps that it gives."""

    def __init__(self, config: ExReNetNetworkConfig, stacks: Sequence[int]) -> None:
        """``stacks``: channels of the three stacks."""
        super().__init__()
        first, second, third = stacks
        self.project = nn.Conv2d(third, config.coarse, 1, bias=False) if config.coarse else nn.Identity()
        self.channels = (config.coarse or third, config.fine)[: 2 if config.fine else 1]
        if config.fine:
            self.up1 = Up(third, second, 2 * config.fine)
            self.up2 = Up(2 * config.fine, first, config.fine, last=True)
        if config.similarity == "cosine":
            self.log_factor = nn.Parameter(torch.full((len(self.channels),), math.log(STEEP)))
        else:
            self.register_parameter("log_factor", None)

    def comparable(self, first: Tensor, second: Tensor, third: Tensor) -> tuple[Tensor, ...]:
        """The stacks' maps to (B, 1024, side / 16, side / 16) and, but in the classic network, 256 at side / 4."""
        maps = [self.project(third)]
        if len(self.channels) > 1:
            maps.append(self.up2(self.up1(third, second), first))
        return tuple(self._scaled(features, i) for i, features in enumerate(maps))

    def _scaled(self, features: Tensor, layer: int) -> Tensor:
        if self.log_factor is None:
            # The paper has the bare product. A sum over 1024 channels leaves float16's range, so it is shared out among
            # them as in attention; only what a margin of 1 means changes, which the weights before this make up for.
            return features * self.channels[layer] ** -0.25
        return by_cosine(features, self.log_factor[layer])


def by_cosine(features: Tensor, log_factor: Tensor) -> Tensor:
    """Features (B, C, h, w) of which a product is their cosine times a factor, given as its logarithm."""
    # Half of the factor in each of two features that are multiplied. In float32: a sum of squares.
    unit = functional.normalize(features.float(), dim=1, eps=1e-6)
    return unit * torch.exp(0.5 * log_factor)
