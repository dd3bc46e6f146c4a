"""Sizes of CamNet: the paper's network, and a light one."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc.networks.exrenet_config import ExReNetNetworkConfig, variant

CELL = 32  # side of a cell of the fourth layer's map, pixels of the image
CAMNET_PLACE = 16  # side of a place of the third layer's map, pixels
FINE_PLACE = 4  # side of a place of the U-Net's map, pixels
POSE_NUMBERS = 7  # translation (3), quaternion xyzw (4)


@dataclass(frozen=True, slots=True)
class CamNetNetworkConfig:
    """Sizes of the network. The defaults are the paper's (4.2)."""

    side: int = param(
        224,
        "The network's images have this width and height, a multiple of 32. Raising it shows more detail "
        "and costs time.",
        unit="px",
        ge=64,
        le=512,
        expert=True,
    )
    backbone: str = same(ExReNetNetworkConfig, "backbone", default="resnet34", choices=("resnet18", "resnet34"))
    width: float = same(ExReNetNetworkConfig, "width")
    branch_width: float = param(
        1.0,
        "The three fourth layers have this multiple of the backbone's channels. Raising it costs time "
        "and may be more accurate.",
        ge=0.05,
        le=2,
        expert=True,
    )
    hidden: int = param(
        512, "The first layer of each regressor has this width. Raising it costs memory.", ge=16, le=4096, expert=True
    )
    places: int = param(
        0,
        "A pose feature has this many channels at each 16 px cell. Raising it costs time; 0 averages "
        "features over the image, as in the paper.",
        ge=0,
        le=512,
        expert=True,
    )
    fine_places: int = param(
        64,
        "A fine pose feature has this many channels at each 4 px cell. Raising it costs time.",
        ge=1,
        le=512,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.side % CELL:
            raise ConfigError(f"side={self.side} is not a multiple of {CELL}", "Set 224, as in the paper, or 128")

    @property
    def pair(self) -> ExReNetNetworkConfig:
        """Sizes of the ExReNet whose pair head is the fine regressor."""
        return variant(
            "light", side=self.side, backbone=self.backbone, width=self.width, coarse=self.places,
            fine=self.fine_places, regressor_width=0.5 * self.width,
        )  # fmt: skip


CAMNET_VARIANTS = {
    "full": CamNetNetworkConfig(),
    "light": CamNetNetworkConfig(backbone="resnet18", branch_width=0.5, places=128),
}
