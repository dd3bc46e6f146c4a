"""ExReNet's first stage: map an image to features at two resolutions (paper, IV.B, feature extraction)."""

from __future__ import annotations

import torch
from torch import Tensor

from reloc.errors import ImageError
from reloc.networks.exrenet_config import ExReNetNetworkConfig
from reloc.networks.exrenet_places import ResNetPlaces
from reloc.networks.normalization import DEVIATION, MEAN
from reloc.networks.resnet import ResNet


class ExReNetEncoder(ResNetPlaces):
    """A ResNet up to its third stack, 1/16 of the image, and two U-Net steps up to 1/4 of it.

    Features are scaled so that their product is the similarity, of either kind. So a reference's features can be
    stored.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: ExReNetNetworkConfig) -> None:
        resnet = ResNet(config.backbone, config.width, stacks=3)
        super().__init__(config, resnet.channels)
        self.side, self.resnet = config.side, resnet
        self.register_buffer("mean", 255.0 * torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("deviation", 255.0 * torch.tensor(DEVIATION).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Map (B, side, side, 3) uint8 RGB to (B, 1024, side / 16, side / 16) and (B, 256, side / 4, side / 4).

        The classic network returns only the first map.

        Raises:
            ImageError: the images have another size. The number of channels of the matches depends on it.
        """
        if tuple(image.shape[1:]) != (self.side, self.side, 3):
            raise ImageError(
                f"Images of shape {tuple(image.shape[1:])} for an ExReNet of {self.side} x {self.side}",
                "Convert them to the network's camera first",
            )
        # Cast first, then transpose, because TensorRT supports no other operation on uint8.
        x = image.to(self.mean.dtype).permute(0, 3, 1, 2)
        first, second, third = self.resnet((x - self.mean) / self.deviation)
        return self.comparable(first, second, third)
