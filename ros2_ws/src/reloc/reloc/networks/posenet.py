"""PoseNet (Kendall et al. 2015): GoogLeNet with affine pose regressors instead of its three classifiers.

It includes two later improvements: dropout before the last layer that stays on at test time (Bayesian PoseNet, Kendall
and Cipolla 2016), and a learned variance. Parameters have torchvision's names if torchvision has them, so that its
ImageNet weights can be loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.googlenet import GoogLeNet
from reloc.networks.widths import channels

FEATURE = 2048  # "insert another fully connected layer of feature size 2048"


@dataclass
class Regressed:
    """One regressor's outputs for a batch."""

    position: Tensor  # (B, 3) in units of the scene
    rotation: Tensor  # (B, 4) quaternion xyzw, not of unit length


class PoseNetRegressor(nn.Module):
    """An affine pose regressor: position and quaternion."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.position = nn.Linear(inputs, 3)
        self.rotation = nn.Linear(inputs, 4)

    def forward(self, feature: Tensor) -> Regressed:
        """Map (B, inputs) to a pose."""
        return Regressed(self.position(feature), self.rotation(feature))


class Auxiliary(nn.Module):
    """One of the two auxiliary regressors in the middle of the network. Only training uses them."""

    def __init__(self, inputs: int, width: float, dropout: float) -> None:
        super().__init__()
        reduced, hidden = channels(128, width), channels(1024, width)
        self.conv = nn.Sequential()
        self.conv.add_module("conv", nn.Conv2d(inputs, reduced, 1, bias=False))
        self.conv.add_module("bn", nn.BatchNorm2d(reduced, eps=0.001))
        self.fc1 = nn.Linear(reduced * 16, hidden)
        self.dropout = nn.Dropout(dropout)
        self.regressor = PoseNetRegressor(hidden)

    def forward(self, x: Tensor) -> Regressed:
        """Map (B, inputs, h, w) to a pose."""
        x = functional.relu(self.conv(functional.adaptive_avg_pool2d(x, (4, 4))))
        regressed: Regressed = self.regressor(self.dropout(functional.relu(self.fc1(x.flatten(1)))))
        return regressed


class PoseNetNetwork(nn.Module):
    """Map an image to a pose. ``width`` scales the number of channels: 1 as in the paper, 0.25 suits tests."""

    mean_image: Tensor
    centre: Tensor
    extent: Tensor

    def __init__(self, width: float = 1.0, dropout: float = 0.5, side: int = 224) -> None:
        super().__init__()
        self.width, self.side = width, side
        self.backbone = GoogLeNet(width)
        first, second, last = self.backbone.channels
        self.aux1 = Auxiliary(first, width, dropout)
        self.aux2 = Auxiliary(second, width, dropout)
        self.feature = nn.Linear(last, channels(FEATURE, width))
        self.dropout = nn.Dropout(dropout)
        self.regressor = PoseNetRegressor(self.feature.out_features)
        self.log_variance = nn.Linear(self.feature.out_features, 2)
        # "We subtracted a separate image mean for each scene": (1, 3, side, side), 0 to 255.
        self.register_buffer("mean_image", torch.full((1, 3, side, side), 127.0))
        # The regressors see positions in units of the scene: world = center + extent * position.
        self.register_buffer("centre", torch.zeros(3))
        self.register_buffer("extent", torch.ones(()))
        nn.init.zeros_(self.log_variance.weight)
        nn.init.zeros_(self.log_variance.bias)

    def normalised(self, image: Tensor) -> Tensor:
        """Map (B, h, w, 3) uint8 to (B, 3, h, w), and subtract the scene's mean image."""
        # Cast first, then transpose, because TensorRT supports no other operation on uint8.
        x = image.to(self.mean_image.dtype).permute(0, 3, 1, 2)
        mean = self.mean_image
        if x.shape[-2:] != mean.shape[-2:]:
            mean = functional.interpolate(mean, x.shape[-2:], mode="bilinear", antialias=True)
        return (x - mean) / 64.0

    def localization_feature(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (B, h, w, 3) uint8 to the two auxiliary inputs and the localization feature (B, 2048)."""
        first, second, last = self.backbone(self.normalised(image))
        return first, second, functional.relu(self.feature(last.mean((2, 3))))

    def forward(self, image: Tensor) -> tuple[list[Regressed], Tensor, Tensor]:
        """Map (B, h, w, 3) uint8 to the regressed poses (main, auxiliary, auxiliary), log variance (B, 2), feature."""
        first, second, feature = self.localization_feature(image)
        main = self.regressor(self.dropout(feature))
        # The variance's loss does not change the feature.
        return [main, self.aux1(first), self.aux2(second)], self.log_variance(feature.detach()), feature
