"""The network as exported: one graph from an image to key points, scores, descriptors and global descriptor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reloc.models.tensor import TensorSpec
from reloc.networks.points import PointsNet
from reloc.networks.points_config import POINTS_CELL, PointsNetConfig
from reloc.networks.points_selection import described, inside_cells, select

ANSWERS = ("pixel", "shift", "score", "descriptor", "place")


class PointsOutputs(nn.Module):
    """Return a tuple, in the order of :data:`ANSWERS`."""

    def __init__(self, net: PointsNet, count: int) -> None:
        super().__init__()
        self.net, self.count = net, count

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Map (B, H, W) uint8 to (B, K, 2) int32, (B, K, 2), (B, K), (B, K, D) and (B, G); score 0 is no point."""
        answer = self.net(image)
        chosen = select(inside_cells(answer.logits, answer.reliability.sigmoid()), self.count, POINTS_CELL)
        descriptor = described(answer.descriptors, chosen, POINTS_CELL)
        return chosen.pixel.to(torch.int32), chosen.shift, chosen.score, descriptor, answer.place


def image_input(width: int, height: int) -> list[TensorSpec]:
    """Return the inputs of the graph."""
    return [TensorSpec("image", "uint8", (None, height, width))]


def specs(config: PointsNetConfig, count: int) -> list[TensorSpec]:
    """Return the outputs of the graph."""
    shapes = ((count, 2), (count, 2), (count,), (count, config.descriptor), (config.place,))
    types = ("int32", "float32", "float32", "float32", "float32")
    return [TensorSpec(n, t, (None, *shape)) for n, t, shape in zip(ANSWERS, types, shapes, strict=True)]
