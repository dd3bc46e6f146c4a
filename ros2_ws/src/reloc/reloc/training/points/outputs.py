"""The network as exported: one graph from an image to key points, scores, descriptors and global descriptor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reloc.networks.points import PointsNet
from reloc.networks.points_config import POINTS_CELL
from reloc.networks.points_detection import BlobDetector
from reloc.networks.points_selection import described, select


class PointsOutputs(nn.Module):
    """Gives a tuple, in the order of :func:`reloc.training.feature_outputs.feature_outputs`."""

    def __init__(self, net: PointsNet, count: int) -> None:
        super().__init__()
        self.net, self.blobs, self.count = net, BlobDetector(), count

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Map (B, H, W) uint8 to (B, K, 2) int32, (B, K, 2), (B, K), (B, K, D) and (B, G); score 0 is no point."""
        answer = self.net(image)
        chosen = select(self.blobs(image), answer.reliability.sigmoid(), self.count, POINTS_CELL)
        descriptor = described(answer.descriptors, chosen, POINTS_CELL)
        return chosen.pixel.to(torch.int32), chosen.shift, chosen.score, descriptor, answer.place
