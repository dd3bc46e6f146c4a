"""The network of Perspective-n-Learned-Point (Piasco et al., BMVC 2019): an image to descriptor, features and depth.

A U-Net with one encoder and one decoder computes a map for the global descriptor, features to match, and metric depth
at a quarter of the image's size (paper, 3.5 and 4.1). There are two additions to the paper. It matches features of the
encoder, which learns depth alone; their cells have 16 pixels, which are eight degrees of view at 128 x 128. Here the
features come from the decoder, and may be trained to match. ``spread`` is the predicted error of the depth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.pnlp_config import PnLPNetConfig
from reloc.networks.pnlp_encoder import PnLPEncoder
from reloc.networks.pnlp_recurrent import ReNet
from reloc.networks.unet import Up
from reloc.networks.widths import channels

USUAL_M = 2.5  # depth predicted by a new network, meters
RANGE = 3.0  # largest absolute exponent of e in the factor on USUAL_M: 0.12 m to 50 m
USUAL_SPREAD = 0.1
STEEP = 10.0  # initial factor of a cosine


@dataclass
class PnLPAnswer:
    """The network's outputs for B images."""

    latent: Tensor  # (B, 256, side / 16, side / 16), the input of NetVLAD
    local: Tensor  # (B, local, side / 4, side / 4), features of length 1
    depths: tuple[Tensor, ...]  # meters along the optical axis: (B, side / 4, side / 4), then at 1/8 and 1/16
    spread: Tensor  # (B, side / 4, side / 4) predicted mean absolute error of the finest depth, as a share of the depth


class PnLPNet(nn.Module):
    """Encoder, decoder and heads."""

    def __init__(self, config: PnLPNetConfig | None = None) -> None:
        super().__init__()
        self.config = config or PnLPNetConfig()
        self.encoder = PnLPEncoder(self.config)
        quarter, eighth, latent = self.encoder.channels
        half = channels(256, self.config.decoder_width)
        fine = channels(128, self.config.decoder_width)
        recurrent = self.config.decoder == "lstm"
        self.read1: nn.Module = ReNet(latent, latent // 4) if recurrent else nn.Identity()
        self.read2: nn.Module = ReNet(half, half // 4) if recurrent else nn.Identity()
        self.up1 = Up(latent, eighth, half)
        self.up2 = Up(half, quarter, fine)
        self.depth = nn.ModuleList(nn.Conv2d(n, 1, 3, padding=1) for n in (fine, half, latent))
        self.spread = nn.Sequential(nn.Conv2d(fine, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 1, 1))
        self.local = nn.Sequential(
            nn.Conv2d(fine, fine, 3, padding=1, bias=False), nn.BatchNorm2d(fine), nn.ReLU(),
            nn.Conv2d(fine, self.config.local, 1),
        )  # fmt: skip
        # Logarithm of the matching loss's factor of a cosine.
        self.log_factor = nn.Parameter(torch.tensor(math.log(STEEP)))

    def forward(self, image: Tensor) -> PnLPAnswer:
        """Compute the outputs for images (B, side, side, 3) uint8 RGB.

        Raises:
            ImageError: as :class:`PnLPEncoder`.
        """
        quarter, eighth, latent = self.encoder(image)
        coarse = self.read1(latent)
        middle = self.read2(self.up1(coarse, eighth))
        fine = self.up2(middle, quarter)
        depths = tuple(_bounded(head(x), USUAL_M) for head, x in zip(self.depth, (fine, middle, coarse), strict=True))
        # Detached, so that learning the depth's error does not change the depth.
        spread = _bounded(self.spread(fine.detach()), USUAL_SPREAD)
        local = functional.normalize(self.local(fine).float(), dim=1, eps=1e-6)
        return PnLPAnswer(latent, local, depths, spread)


def _bounded(raw: Tensor, usual: float) -> Tensor:
    """Map (B, 1, h, w) to (B, h, w): positive numbers within float16's range."""
    return usual * torch.exp(RANGE * torch.tanh(raw[:, 0].float() / RANGE))
