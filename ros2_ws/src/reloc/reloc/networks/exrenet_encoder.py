"""ExReNet's first stage: an image to features at two resolutions (paper, IV.B, feature extraction)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.errors import ImageError
from reloc.networks.exrenet_config import ExReNetConfig
from reloc.networks.resnet import ResNet
from reloc.networks.unet import Up

# What torchvision's ImageNet weights were trained with.
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
STEEP = 10.0  # how many times a cosine counts at the beginning: the matching loss wants a margin of 1


class Encoder(nn.Module):
    """A ResNet up to its third stack, 1/16 of the image, and two U-Net steps up to 1/4 of it.

    Features come out ready to be multiplied with one another, whatever the similarity: a reference's can be stored.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: ExReNetConfig) -> None:
        super().__init__()
        self.side = config.side
        self.resnet = ResNet(config.backbone, config.width, stacks=3)
        first, second, third = self.resnet.channels
        self.project = nn.Conv2d(third, config.coarse, 1, bias=False) if config.coarse else nn.Identity()
        self.channels = (config.coarse or third, config.fine)[: 2 if config.fine else 1]
        if config.fine:
            self.up1 = Up(third, second, 2 * config.fine)
            self.up2 = Up(2 * config.fine, first, config.fine, last=True)
        if config.similarity == "cosine":
            self.log_factor = nn.Parameter(torch.full((len(self.channels),), math.log(STEEP)))
        else:
            self.register_parameter("log_factor", None)
        self.register_buffer("mean", 255.0 * torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", 255.0 * torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """(B, side, side, 3) uint8 RGB to (B, 1024, side / 16, side / 16) and (B, 256, side / 4, side / 4).

        The classic network gives the first alone.

        Raises:
            ImageError: images of another size: how many channels the matches have goes by it.
        """
        if tuple(image.shape[1:]) != (self.side, self.side, 3):
            raise ImageError(
                f"Images of shape {tuple(image.shape[1:])} for an ExReNet of {self.side} x {self.side}",
                "Bring them to the network's camera first",
            )
        # Cast, then transpose: TensorRT can do nothing else with uint8.
        x = image.to(self.mean.dtype).permute(0, 3, 1, 2)
        first, second, third = self.resnet((x - self.mean) / self.deviation)
        maps = [self.project(third)]
        if len(self.channels) > 1:
            maps.append(self.up2(self.up1(third, second), first))
        return tuple(self._comparable(features, i) for i, features in enumerate(maps))

    def _comparable(self, features: Tensor, layer: int) -> Tensor:
        if self.log_factor is None:
            # The paper has the bare product. A sum over 1024 channels leaves float16's range, so it is shared out among
            # them as in attention; only what a margin of 1 means changes, which the weights before this make up for.
            return features * self.channels[layer] ** -0.25
        # Half of the factor in each of two features that are multiplied. In float32: a sum of squares.
        unit = functional.normalize(features.float(), dim=1, eps=1e-6)
        return unit * torch.exp(0.5 * self.log_factor[layer])
