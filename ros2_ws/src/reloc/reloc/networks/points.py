"""``points``: descriptors, their reliability, and a global descriptor of a gray image in one pass, for CPUs.

The structure follows XFeat (Potje et al., CVPR 2024). Descriptors come from a narrow pyramid that reduces the
resolution early and is merged at 1/8 (3.1 and 3.2). A reliability predicts which descriptors will match. Two
differences halve the arithmetic: residual blocks, and no layer at full resolution. The coarsest features give a global
descriptor (GeM; Radenovic et al. 2018). XFeat also learns where key points are. Here a fixed filter finds them, which
places them more exactly (:mod:`reloc.networks.points_detection`).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.errors import ImageError
from reloc.networks.points_config import POINTS_STRIDE, PointsNetConfig
from reloc.networks.widths import channels

FLATTEST = 1.0  # smallest standard deviation that contrast is divided by, gray levels
_LEAST = 1e-4  # features are at least this before they are raised to a power


class PointsAnswer(NamedTuple):
    """Maps of a batch of images (B, H, W); h and w are H and W in cells of 8 x 8 pixels."""

    reliability: Tensor  # (B, 1, h, w) logit of the probability that a descriptor's match is right
    descriptors: Tensor  # (B, D, h, w) descriptors of length 1
    place: Tensor  # (B, G) global descriptor of length 1


class PointsNet(nn.Module):
    """Map an image to :class:`PointsAnswer`."""

    def __init__(self, config: PointsNetConfig) -> None:
        super().__init__()
        self.config = config
        c4, c8, c16, c32, fused = (channels(n, config.width) for n in (24, 48, 80, 128, 64))
        self.stem = nn.Sequential(*_layer(1, 8, stride=2), *_layer(8, c4, stride=2))
        self.block4 = Residual(c4)
        self.down8 = nn.Sequential(*_layer(c4, c8, stride=2))
        self.block8 = Residual(c8)
        self.down16 = nn.Sequential(*_layer(c8, c16, stride=2))
        self.block16 = nn.Sequential(Residual(c16), Residual(c16))
        self.down32 = nn.Sequential(*_layer(c16, c32, stride=2))
        self.block32 = nn.Sequential(Residual(c32), Residual(c32))
        self.lateral8 = nn.Conv2d(c8, fused, 1)
        self.lateral16 = nn.Conv2d(c16, fused, 1)
        self.lateral32 = nn.Conv2d(c32, fused, 1)
        self.fusion = nn.Sequential(*_layer(fused, fused), *_layer(fused, 64, kernel=1))
        self.descriptor = nn.Conv2d(64, config.descriptor, 1)
        self.reliability = nn.Conv2d(64, 1, 1)
        self.power = nn.Parameter(torch.tensor(3.0))
        self.place = nn.Linear(c32, config.place)

    def forward(self, image: Tensor) -> PointsAnswer:
        """Compute the answer for images (B, H, W) uint8. H and W must be multiples of 32.

        Raises:
            ImageError: the images have another size.
        """
        height, width = image.shape[1:]
        if height % POINTS_STRIDE or width % POINTS_STRIDE:
            raise ImageError(
                f"Images of {width} x {height} pixels for a network whose coarsest cells are {POINTS_STRIDE} pixels",
                f"Pad or resize them to multiples of {POINTS_STRIDE}",
            )
        x = standardized(image)
        x4 = self.block4(self.stem(x))
        x8 = self.block8(self.down8(x4))
        x16 = self.block16(self.down16(x8))
        x32 = self.block32(self.down32(x16))
        merged = self.lateral16(x16) + _twice(self.lateral32(x32))
        merged = self.fusion(self.lateral8(x8) + _twice(merged))
        return PointsAnswer(
            self.reliability(merged),
            functional.normalize(self.descriptor(merged), dim=1),
            functional.normalize(self.place(self._pooled(x32)), dim=1),
        )

    def _pooled(self, x: Tensor) -> Tensor:
        """Return the generalized mean over the image: (B, C, h, w) to (B, C)."""
        power = self.power.clamp(1.0, 8.0)
        with torch.autocast(x.device.type, enabled=False):
            mean: Tensor = x.float().clamp(min=_LEAST).pow(power).mean(dim=(2, 3)).pow(1.0 / power)
        return mean


class Residual(nn.Module):
    """A 3 x 3 convolution with a shortcut."""

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        return functional.relu(x + self.bn1(self.conv1(x)), inplace=True)


def standardized(image: Tensor) -> Tensor:
    """Map (B, H, W) gray levels to (B, 1, H, W) of mean 0 and deviation 1, so that exposure and contrast cancel."""
    # Cast first, because TensorRT supports no other operation on uint8.
    x = image.to(torch.float32)[:, None]
    x = x - x.mean(dim=(2, 3), keepdim=True)
    variance = (x * x).mean(dim=(2, 3), keepdim=True)
    return x / torch.sqrt(variance + FLATTEST**2)


def _layer(inputs: int, outputs: int, stride: int = 1, kernel: int = 3) -> list[nn.Module]:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
