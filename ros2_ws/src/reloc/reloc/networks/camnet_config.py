"""Which CamNet: the paper's, or the light one."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate
from reloc.errors import ConfigError

CELL = 32  # pixels of an image per cell of what the fourth layer gives
GRID = 4  # cells across and down that a feature with layout is made of


@dataclass(frozen=True, slots=True)
class CamNetConfig:
    """Sizes of the network. The defaults are the paper's (4.2)."""

    side: int = param(224, "width and height of the images; a multiple of 32", unit="px", ge=64, le=512)
    backbone: str = param("resnet34", "what encodes an image", choices=("resnet18", "resnet34"))
    width: float = param(1.0, "channels of the backbone, as a share of the paper's", ge=0.05, le=2.0)
    feature: int = param(512, "length of a feature with layout; without, it is the channels of layer 4", ge=16, le=4096)
    hidden: int = param(512, "width of the regressors' first layer", ge=16, le=4096)
    layout: bool = param(
        False, "features for poses keep where in the image things are, on a grid of 4 x 4; in the paper means do"
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.side % CELL:
            raise ConfigError(f"side={self.side} is no multiple of {CELL}", "Take 224, as the paper does, or 128")
        if self.layout and (self.side < CELL * GRID or self.feature % GRID**2):
            raise ConfigError(
                f"side={self.side} and feature={self.feature} have no layout of {GRID} x {GRID} cells",
                f"Take a side of {CELL * GRID} or more and a multiple of {GRID**2}",
            )


VARIANTS = {"full": CamNetConfig(), "light": CamNetConfig(backbone="resnet18", width=0.5, layout=True)}
