"""CamNet's features for poses that keep their places in the image, and the regressors that match them.

This is not in the paper. Correlation finds what two images share and how it moved; it works in any place of the world.
The coarse regressor correlates 8 x 8 places, and the paper's two fully connected layers compute a pose. The fine one
correlates 32 x 32 places with the pair head of an ExReNet, and may begin with an ExReNet's weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.camnet_config import CAMNET_PLACE, FINE_PLACE, POSE_NUMBERS, CamNetNetworkConfig
from reloc.networks.camnet_layer4 import channels_behind, fourth_layer
from reloc.networks.correlation import extensive
from reloc.networks.exrenet import RelativeAnswer
from reloc.networks.exrenet_head import ExReNetHead
from reloc.networks.exrenet_places import STEEP, ResNetPlaces, by_cosine
from reloc.networks.resnet import start

SUMMARY = 8  # channels of a place that the regressor gets beside its match, because translation needs depth
MOTION = 5  # numbers per match, see :func:`motion`
NEAR = 1  # radius of the neighborhood that refines the best place, in places


class CoarsePlaces(nn.Module):
    """A fourth layer added to the third one, and a feature of each place, scaled so that products are correlations."""

    def __init__(self, config: CamNetNetworkConfig, stacks: Sequence[int]) -> None:
        super().__init__()
        self.features = config.places * (config.side // CAMNET_PLACE) ** 2
        self.layer4 = fourth_layer(config, stacks[-1])
        start(self)
        self.project = nn.Conv2d(stacks[-1], config.places, 1, bias=False)
        self.wide = nn.Conv2d(channels_behind(config), config.places, 1, bias=False)
        nn.init.zeros_(self.wide.weight)  # so that training begins with the third layer's output
        self.log_factor = nn.Parameter(torch.tensor(math.log(STEEP)))

    def forward(self, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
        """Map the outputs of the three layers to (B, features), in the order channels, rows, columns."""
        wide = functional.interpolate(self.layer4(third), scale_factor=2.0, mode="nearest")
        return by_cosine(self.project(third) + self.wide(wide), self.log_factor).flatten(1)


class CoarseRegressor(nn.Module):
    """Map two features of :class:`CoarsePlaces`, reference first, to a pose."""

    def __init__(self, config: CamNetNetworkConfig) -> None:
        super().__init__()
        self.side, self.channels = config.side // CAMNET_PLACE, config.places
        self.summary = nn.Conv2d(config.places, SUMMARY, 1)
        self.fc1 = nn.Linear(2 * (MOTION + SUMMARY) * self.side**2, config.hidden)
        self.fc2 = nn.Linear(config.hidden, POSE_NUMBERS)

    def forward(self, reference: Tensor, query: Tensor) -> Tensor:
        """Map (P, features) each to (P, 7)."""
        one, other = (x.reshape(-1, self.channels, self.side, self.side) for x in (reference, query))
        seen = [motion(one, other), motion(other, one), self.summary(one), self.summary(other)]
        answer: Tensor = self.fc2(functional.relu(self.fc1(torch.cat([x.flatten(1) for x in seen], dim=1))))
        return answer


class FinePlaces(ResNetPlaces):
    """Places at 1/16 and 1/4 of the image's size instead of a fourth layer, flattened, as an ExReNet compares them."""

    def __init__(self, config: CamNetNetworkConfig, stacks: Sequence[int]) -> None:
        super().__init__(config.pair, stacks)
        self.features = sum(math.prod(shape) for shape in _shapes(config))

    def forward(self, first: Tensor, second: Tensor, third: Tensor) -> Tensor:
        """Map the outputs of the three layers to (B, features)."""
        return torch.cat([x.flatten(1) for x in self.comparable(first, second, third)], dim=1)


class FineRegressor(nn.Module):
    """Map two features of :class:`FinePlaces`, reference first, to a pose, by the pair head of an ExReNet."""

    def __init__(self, config: CamNetNetworkConfig) -> None:
        super().__init__()
        self.shapes = _shapes(config)
        self.head = ExReNetHead(config.pair)

    def forward(self, reference: Tensor, query: Tensor) -> Tensor:
        """Map (P, features) each to (P, 7)."""
        answer = RelativeAnswer.of(self.head(self.head.match(self._maps(reference), self._maps(query))))
        direction = functional.normalize(answer.direction.float(), dim=1, eps=1e-6)
        return torch.cat([direction * answer.scale[:, None], answer.rotation], dim=1)

    def _maps(self, feature: Tensor) -> tuple[Tensor, ...]:
        parts = feature.split([math.prod(shape) for shape in self.shapes], dim=1)
        return tuple(part.reshape(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True))


def _shapes(config: CamNetNetworkConfig) -> tuple[tuple[int, int, int], ...]:
    coarse, fine = config.side // CAMNET_PLACE, config.side // FINE_PLACE
    return (config.places, coarse, coarse), (config.fine_places, fine, fine)


def motion(first: Tensor, second: Tensor) -> Tensor:
    """Find each place of the first map in the second: two maps (B, C, s, s) to (B, 5, s, s).

    The five numbers are the motion in columns and rows, as shares of the image's side; the confidence, 0 to 1; and the
    motion times the confidence.
    """
    found = extensive(first, second).float()  # (B, w, s, s), w = x * s + y
    side = int(found.shape[-1])
    numbers = torch.arange(side * side, device=found.device)
    at = torch.stack([numbers // side, numbers % side], 1)  # (w, 2): x, y
    best = at[found.argmax(1)]  # (B, s, s, 2)
    off = at[:, :, None, None] - best.permute(0, 3, 1, 2)[:, None]  # (B, w, 2, s, s)
    chosen = torch.softmax(found, 1) * (off.abs().amax(2) <= NEAR)
    sure = chosen.sum(1, keepdim=True)
    part = (chosen[:, :, None] * off).sum(1) / sure.clamp(min=1e-6)
    line = torch.arange(side, device=found.device)
    own = torch.stack([line.expand(side, side), line[:, None].expand(side, side)])
    moved = (best.permute(0, 3, 1, 2) - own + part) / side
    return torch.cat([moved, sure, moved * sure], 1)
