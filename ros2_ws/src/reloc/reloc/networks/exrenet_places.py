"""Compute features of each place of an image, at two resolutions, from a backbone's stacks (ExReNet paper, IV.B)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.exrenet_config import ExReNetNetworkConfig
from reloc.networks.unet import Up

STEEP = 10.0  # initial factor of a cosine, because the matching loss requires a margin of 1


class ResNetPlaces(nn.Module):
    """The layers after a ResNet's three stacks. ``channels`` lists the channels of their one or two output maps."""

    def __init__(self, config: ExReNetNetworkConfig, stacks: Sequence[int]) -> None:
        """Create the layers. ``stacks``: channels of the three stacks."""
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
        """Map the stacks' outputs to (B, 1024, side / 16, side / 16) and (B, 256, side / 4, side / 4).

        The classic network returns only the first map.
        """
        maps = [self.project(third)]
        if len(self.channels) > 1:
            maps.append(self.up2(self.up1(third, second), first))
        return tuple(self._scaled(features, i) for i, features in enumerate(maps))

    def _scaled(self, features: Tensor, layer: int) -> Tensor:
        if self.log_factor is None:
            # The paper uses the plain product. A sum over 1024 channels exceeds float16's range, so it is divided by
            # the root of the channels, as in attention. Only the margin's scale changes; the weights before it can
            # adapt.
            return features * self.channels[layer] ** -0.25
        return by_cosine(features, self.log_factor[layer])


def by_cosine(features: Tensor, log_factor: Tensor) -> Tensor:
    """Scale features (B, C, h, w) so that the product of two is their cosine times a factor, given by its logarithm."""
    # Each of the two features gets the factor's square root. float32 is needed for the sum of squares.
    unit = functional.normalize(features.float(), dim=1, eps=1e-6)
    return unit * torch.exp(0.5 * log_factor)
