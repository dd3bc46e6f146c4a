"""Sizes of the network of Perspective-n-Learned-Point: the paper's, one with a recurrent decoder, and a light one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc.networks.exrenet_config import ExReNetNetworkConfig

CELL = 16  # side of a cell of the latent map, pixels of the image
PNLP_PLACE = 4  # side of a cell of the depth map and of the matched features, pixels


@dataclass(frozen=True, slots=True)
class PnLPNetConfig:
    """Sizes of the network. The defaults are the paper's if it gives any."""

    side: int = same(ExReNetNetworkConfig, "side", default=224)
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
            raise ConfigError(f"side={self.side} is not a multiple of {CELL}", "Set 224, as in the paper, or 128")

    @property
    def places(self) -> int:
        """The number of cells of the depth map, per side."""
        return self.side // PNLP_PLACE

    @property
    def cells(self) -> int:
        """The number of cells of the latent map, per side."""
        return self.side // CELL


PNLP_VARIANTS = {
    "paper": PnLPNetConfig(),
    "recurrent": PnLPNetConfig(decoder="lstm"),
    "light": PnLPNetConfig(side=128, backbone="resnet18", decoder_width=0.5),
}


def variant(name: str, **changes: Any) -> PnLPNetConfig:
    """Return one of :data:`PNLP_VARIANTS`, with some values replaced.

    Raises:
        ConfigError: there is no such variant, or a value is out of range.
    """
    if name not in PNLP_VARIANTS:
        raise ConfigError(f"There is no pnlp network {name!r}", f"Variants: {', '.join(PNLP_VARIANTS)}")
    return replace(PNLP_VARIANTS[name], **changes)
