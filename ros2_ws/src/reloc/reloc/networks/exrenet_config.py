"""Which ExReNet: the paper's, its classic variant for the ablation, or the light one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reloc.config import param, validate
from reloc.errors import ConfigError

CELL = 16  # pixels of an image per cell of the coarse map, across and down
PLACE = 4  # of the fine map


@dataclass(frozen=True, slots=True)
class ExReNetNetworkConfig:
    """Sizes of the network. The defaults are the paper's."""

    side: int = param(128, "width and height of the images; a multiple of 16", unit="px", ge=32, le=512)
    backbone: str = param("resnet50", "what encodes an image", choices=("resnet18", "resnet34", "resnet50"))
    width: float = param(1.0, "channels of the backbone, as a share of the paper's", ge=0.05, le=2.0)
    coarse: int = param(0, "channels compared in the coarse layer; 0: what the third stack gives, 1024", ge=0, le=2048)
    fine: int = param(
        256, "channels compared in the guided layer; 0: the classic network, which has none", ge=0, le=512
    )
    border: int = param(1, "cells searched around the one that guides", ge=0, le=4)
    similarity: str = param(
        "dot",
        "how features are compared: dot product by root of channels, or cosine times a learned factor",
        choices=("dot", "cosine"),
    )
    regressor_width: float = param(1.0, "channels behind the matches, as a share of the paper's", ge=0.05, le=2.0)
    enlarged: bool = param(True, "matches are enlarged to the image's size, and shrunk by a ResNet's stem")
    decoded: bool = param(False, "matches become coordinates before a pose is regressed; not in the paper")
    dropout: float = param(0.1, "share dropped between the hidden layers", ge=0.0, le=0.9)

    def __post_init__(self) -> None:
        validate(self)
        if self.side % CELL:
            raise ConfigError(f"side={self.side} is no multiple of {CELL}", "Take 128, as the paper does")
        if self.decoded and (self.enlarged or not self.fine):
            raise ConfigError(
                f"decoded=True with enlarged={self.enlarged} and fine={self.fine}",
                "Coordinates are those of the guided layer, and are not enlarged: enlarged=False, and fine above 0",
            )


VARIANTS = {
    "full": ExReNetNetworkConfig(),
    "classic": ExReNetNetworkConfig(fine=0),
    "light": ExReNetNetworkConfig(
        backbone="resnet18",
        coarse=128,
        fine=64,
        similarity="cosine",
        regressor_width=0.5,
        enlarged=False,
        decoded=True,
    ),
}


def variant(name: str, **changes: Any) -> ExReNetNetworkConfig:
    """One of :data:`VARIANTS`, with other values where some are given.

    Raises:
        ConfigError: there is none of that name, or a value is out of range.
    """
    if name not in VARIANTS:
        raise ConfigError(f"There is no ExReNet {name!r}", f"There are {', '.join(VARIANTS)}")
    return replace(VARIANTS[name], **changes)
