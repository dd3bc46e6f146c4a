"""The network of Perspective-n-Learned-Point (Piasco et al., BMVC 2019): one image to what localizes another by it.

A U-Net with one encoder and one decoder gives a map for the global descriptor, features to match, and metric depth at a
quarter of the image's size (paper, 3.5 and 4.1). The paper matches features of the encoder, which it trains for depth
alone. A cell of these is 16 pixels, four degrees of view at 128; so features here come from the decoder, beside the
depth, and may be trained to match: an addition of ours. So is ``spread``, the network's own idea of its depth's error.
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

USUAL_M = 2.5  # depth that a fresh network answers
RANGE = 3.0  # it may say e to plus or minus this times as much: 0.12 m to 50 m
USUAL_SPREAD = 0.1
STEEP = 10.0  # how many times a cosine counts at the beginning


@dataclass
class PnLPAnswer:
    """What the network says of B images."""

    latent: Tensor  # (B, 256, side / 16, side / 16), what NetVLAD aggregates
    local: Tensor  # (B, local, side / 4, side / 4), of length 1
    depths: tuple[Tensor, ...]  # metres along the optical axis: (B, side / 4, side / 4), then at 1/8 and 1/16
    spread: Tensor  # (B, side / 4, side / 4) mean absolute error of the finest depth, as a share of it


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
        self.log_factor = nn.Parameter(torch.tensor(math.log(STEEP)))  # of the matching loss

    def forward(self, image: Tensor) -> PnLPAnswer:
        """(B, side, side, 3) uint8 RGB.

        Raises:
            ImageError: as :class:`PnLPEncoder`.
        """
        quarter, eighth, latent = self.encoder(image)
        coarse = self.read1(latent)
        middle = self.read2(self.up1(coarse, eighth))
        fine = self.up2(middle, quarter)
        depths = tuple(_bounded(head(x), USUAL_M) for head, x in zip(self.depth, (fine, middle, coarse), strict=True))
        # Detached: to be honest about the depth must not change it.
        spread = _bounded(self.spread(fine.detach()), USUAL_SPREAD)
        local = functional.normalize(self.local(fine).float(), dim=1, eps=1e-6)
        return PnLPAnswer(latent, local, depths, spread)


def _bounded(raw: Tensor, usual: float) -> Tensor:
    """(B, 1, h, w) to (B, h, w), positive, and never a number that float16 lacks."""
    return usual * torch.exp(RANGE * torch.tanh(raw[:, 0].float() / RANGE))
