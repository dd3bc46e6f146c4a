"""The encoder for descriptor, features and depth (paper, 3.5), down to 1/16 of the image's size.

The paper only says "U-Net like", 6.3 M parameters, and 256 filters in the last layer (4.1). This encoder uses the 4 x 4
convolutions with stride 2 of Isola et al. (the paper's [12]), each followed by 3 x 3 ones, down to 1/16, where cells
are still small enough for matching. It has 6.5 M parameters. A ResNet's first three stacks also end with 256 channels
at 1/16. They need a third of the arithmetic, and can begin with ImageNet weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reloc.errors import ImageError
from reloc.networks.normalization import DEVIATION, MEAN
from reloc.networks.pnlp_config import PnLPNetConfig
from reloc.networks.resnet import ResNet, start
from reloc.networks.widths import channels

# Channels after each halving, and the number of 3 x 3 convolutions that follow it.
_PLAIN = ((64, 1), (128, 1), (256, 2), (512, 1))
_LATENT = 256


class PnLPEncoder(nn.Module):
    """Map an image to maps at 1/4, 1/8 and 1/16 of its size."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: PnLPNetConfig) -> None:
        super().__init__()
        self.side = config.side
        self.backbone: nn.Module
        if config.backbone == "plain":
            self.backbone = PlainEncoder(config.width)
        else:
            self.backbone = ResNet(config.backbone, config.width, stacks=3)
        self.channels: tuple[int, ...] = self.backbone.channels
        self.register_buffer("mean", 255.0 * torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", 255.0 * torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> list[Tensor]:
        """Map (B, side, side, 3) uint8 RGB to maps of :attr:`channels` at 1/4, 1/8 and 1/16.

        Raises:
            ImageError: the images have another size. Depth depends on the camera, so they must come from the network's
                camera.
        """
        if tuple(image.shape[1:]) != (self.side, self.side, 3):
            raise ImageError(
                f"Images of shape {tuple(image.shape[1:])} for a network of {self.side} x {self.side}",
                "Convert them to the network's camera first",
            )
        # Cast first, then transpose, because TensorRT supports no other operation on uint8.
        x = image.to(self.mean.dtype).permute(0, 3, 1, 2)
        maps: list[Tensor] = self.backbone((x - self.mean) / self.deviation)
        return maps


class PlainEncoder(nn.Module):
    """Convolutions with batch normalization and leaky ReLU, as in Isola et al."""

    def __init__(self, width: float) -> None:
        super().__init__()
        count, behind = 3, []
        for i, (planes, further) in enumerate(_PLAIN):
            planes = channels(planes, width)
            layers = [*_layer(count, planes, 4, 2)]
            for _ in range(further - 1):
                layers += _layer(planes, planes, 3, 1)
            count = channels(_LATENT, width) if i == len(_PLAIN) - 1 else planes
            layers += _layer(planes, count, 3, 1)
            if i == len(_PLAIN) - 1:
                layers += [*_layer(count, count, 3, 1), *_layer(count, count, 3, 1)]
            self.add_module(f"down{i + 1}", nn.Sequential(*layers))
            behind.append(count)
        self.channels = tuple(behind[1:])
        start(self)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map (B, 3, H, W) to the maps at 1/4, 1/8 and 1/16."""
        maps = []
        for i in range(len(_PLAIN)):
            x = self.get_submodule(f"down{i + 1}")(x)
            maps.append(x)
        return maps[1:]


def _layer(inputs: int, outputs: int, kernel: int, stride: int) -> list[nn.Module]:
    conv = nn.Conv2d(inputs, outputs, kernel, stride, padding=1, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True)]
