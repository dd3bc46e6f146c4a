"""NetVLAD (Arandjelovic et al. 2016): assign an image's features to clusters, and sum their residuals per cluster.

As in the Perspective-n-Learned-Point paper (3.1, 4.1), the features come from a network that was trained for something
else. k-means computes the 64 clusters; no parameter is learned by gradients. A projection may shorten the 64 x 256
numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LITTLE = 0.01  # share of the mean squared sum of all clusters; smaller sums get less weight


class NetVlad(nn.Module):
    """Map features of an image to one vector of length 1."""

    centres: Tensor
    sharpness: Tensor

    def __init__(
        self, centres: Tensor, sharpness: float, mean: Tensor | None = None, projection: Tensor | None = None
    ) -> None:
        """Args:
        centres: (K, C) centers of the clusters, for features of length 1.
        sharpness: alpha of the softmax over squared distances to the clusters.
        mean, projection: (K * C,) and (P, K * C) of a PCA; None does without a projection.
        """
        super().__init__()
        self.register_buffer("centres", centres)
        self.register_buffer("sharpness", torch.tensor(float(sharpness)))
        self.register_buffer("mean", mean)
        self.register_buffer("projection", projection)

    @property
    def length(self) -> int:
        """The number of values of the descriptor."""
        projection: Tensor | None = self.get_buffer("projection") if self._buffers["projection"] is not None else None
        return int(self.centres.numel()) if projection is None else len(projection)

    def forward(self, features: Tensor) -> Tensor:
        """Map (B, C, h, w) to (B, K * C), or (B, P) with a projection."""
        x = functional.normalize(features.float().flatten(2), dim=1, eps=1e-6)  # (B, C, h w)
        # alpha (2 c . x - |c|^2) is the distance without |x|^2, which is the same for all clusters. The centers' mean
        # is subtracted, too, because it is the same for all clusters, and float16 would lose the differences beside it.
        apart = self.centres - self.centres.mean(0, keepdim=True)
        bias = self.sharpness * self.centres.square().sum(1)
        bias = bias - bias.mean()
        share = torch.softmax(torch.matmul(2.0 * self.sharpness * apart, x) - bias[:, None], dim=1)  # (B, K, h w)
        sums = torch.matmul(share, x.transpose(1, 2)) - share.sum(2, keepdim=True) * self.centres
        # All clusters get the same weight, against bursts. A cluster with almost no features gets less, because the
        # direction of its sum is random.
        squares = sums.square().sum(2, keepdim=True)
        words = sums * torch.rsqrt(squares + LITTLE * squares.mean(1, keepdim=True) + 1e-7)
        whole = functional.normalize(words.flatten(1), dim=1, eps=1e-6)
        if self._buffers["projection"] is None:
            return whole
        shorter = torch.matmul(whole - self.get_buffer("mean"), self.get_buffer("projection").T)
        return functional.normalize(shorter, dim=1, eps=1e-6)
