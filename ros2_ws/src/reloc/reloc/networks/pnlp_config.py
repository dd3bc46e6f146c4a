"""Which network for Perspective-n-Learned-Point: the paper's, one with a recurrent decoder, or the light one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reloc.config import param, validate
from reloc.errors import ConfigError

CELL = 16  # pixels of an image per cell of the latent map, across and down
PNLP_PLACE = 4  # of the depth map and of the features that are matched


@dataclass(frozen=True, slots=True)
class PnLPNetConfig:
    """Sizes of the network. The defaults are the paper's, where it gives any."""

    side: int = param(
        224,
        "The network's images have this width and height, a multiple of 16. Raising it shows more detail "
        "and costs time.",
        unit="px",
        ge=32,
        le=512,
        expert=True,
    )
    backbone: str = param(
        "plain",
        "This network encodes an image: the paper's plain convolutions, or the first three stacks of a ResNet.",
        choices=("plain", "resnet18", "resnet34"),
        expert=True,
    )
    width: float = param(
        1.0,
        "The encoder has this multiple of the paper's channels. Raising it costs time and may be more accurate.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    decoder: str = param(
        "conv",
        "This decoder predicts depth: conv is the paper's FC, lstm its C+LSTM.",
        choices=("conv", "lstm"),
        expert=True,
    )
    decoder_width: float = param(
        1.0,
        "The decoder has this multiple of the paper's channels. Raising it costs time.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    local: int = param(
        64,
        "A matched feature has this length. Raising it distinguishes more and costs memory.",
        ge=8,
        le=256,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.side % CELL:
            raise ConfigError(f"side={self.side} is no multiple of {CELL}", "Take 224, as the paper does, or 128")

    @property
    def places(self) -> int:
        """Across and down in the depth map."""
        return self.side // PNLP_PLACE

    @property
    def cells(self) -> int:
        """Across and down in the latent map."""
        return self.side // CELL


PNLP_VARIANTS = {
    "paper": PnLPNetConfig(),
    "recurrent": PnLPNetConfig(decoder="lstm"),
    "light": PnLPNetConfig(side=128, backbone="resnet18", decoder_width=0.5),
}


def variant(name: str, **changes: Any) -> PnLPNetConfig:
    """One of :data:`PNLP_VARIANTS`, with other values where some are given.

    Raises:
        ConfigError: there is none of that name, or a value is out of range.
    """
    if name not in PNLP_VARIANTS:
        raise ConfigError(f"There is no network {name!r} for pnlp", f"There are {', '.join(PNLP_VARIANTS)}")
    return replace(PNLP_VARIANTS[name], **changes)
