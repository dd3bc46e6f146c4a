"""Which CamNet: the paper's, or the light one."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.networks.exrenet_config import ExReNetNetworkConfig, variant

CELL = 32  # pixels of an image per cell of what the fourth layer gives
PLACE = 16  # and per place of what the third one gives
FINE_PLACE = 4  # of what a U-Net makes of it
POSE = 7  # translation (3), quaternion xyzw (4)


@dataclass(frozen=True, slots=True)
class CamNetNetworkConfig:
    """Sizes of the network. The defaults are the paper's (4.2)."""

    side: int = param(224, "width and height of the images; a multiple of 32", unit="px", ge=64, le=512)
    backbone: str = param("resnet34", "what encodes an image", choices=("resnet18", "resnet34"))
    width: float = param(1.0, "channels of the backbone, as a share of the paper's", ge=0.05, le=2.0)
    branch_width: float = param(1.0, "channels of the three fourth layers, as a share of the backbone's", ge=0.05, le=2)
    hidden: int = param(512, "width of the regressors' first layer", ge=16, le=4096)
    places: int = param(
        0, "channels at each of side / 16 places across of a feature for poses, which regressors correlate; 0: "
        "features are means over the image, as in the paper", ge=0, le=512,
    )  # fmt: skip
    fine_places: int = param(64, "channels at each of side / 4 places of the fine feature, if it has any", ge=1, le=512)

    def __post_init__(self) -> None:
        validate(self)
        if self.side % CELL:
            raise ConfigError(f"side={self.side} is no multiple of {CELL}", "Take 224, as the paper does, or 128")

    @property
    def pair(self) -> ExReNetNetworkConfig:
        """Of places: the fine regressor is the pair head of this ExReNet."""
        return variant(
            "light", side=self.side, backbone=self.backbone, width=self.width, coarse=self.places,
            fine=self.fine_places, regressor_width=0.5 * self.width,
        )  # fmt: skip


VARIANTS = {
    "full": CamNetNetworkConfig(),
    "light": CamNetNetworkConfig(backbone="resnet18", branch_width=0.5, places=128),
}
