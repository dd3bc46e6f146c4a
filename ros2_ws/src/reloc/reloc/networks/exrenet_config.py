"""Sizes of ExReNet: the paper's network, its classic variant for the ablation, and a light one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reloc.config import param, validate
from reloc.errors import ConfigError

CELL = 16  # side of a cell of the coarse map, pixels of the image
EXRENET_PLACE = 4  # side of a place of the fine map, pixels


@dataclass(frozen=True, slots=True)
class ExReNetNetworkConfig:
    """Sizes of the network. The defaults are the paper's."""

    side: int = param(
        128,
        "The network's images have this width and height, a multiple of 16. Raising it shows more detail "
        "and costs time.",
        unit="px",
        ge=32,
        le=512,
        expert=True,
    )
    backbone: str = param(
        "resnet50", "This network encodes an image.", choices=("resnet18", "resnet34", "resnet50"), expert=True
    )
    width: float = param(
        1.0,
        "The backbone has this multiple of the paper's channels. Raising it costs time and may be more accurate.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    coarse: int = param(
        0,
        "The coarse layer compares this many channels. Raising it costs time; 0 uses the 1024 of the third stack.",
        ge=0,
        le=2048,
        expert=True,
    )
    fine: int = param(
        256,
        "The guided layer compares this many channels. Raising it costs time; 0 leaves the layer out, as "
        "in the classic network.",
        ge=0,
        le=512,
        expert=True,
    )
    border: int = param(
        1,
        "The guided layer searches this many cells around the coarse match. Raising it costs time; 0 "
        "searches that cell only.",
        ge=0,
        le=4,
        expert=True,
    )
    similarity: str = param(
        "dot",
        "Features are compared by their dot product over the root of channels, or by their cosine times "
        "a learned factor.",
        choices=("dot", "cosine"),
        expert=True,
    )
    regressor_width: float = param(
        1.0,
        "The layers behind the matches have this multiple of the paper's channels. Raising it costs time.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    enlarged: bool = param(
        True, "If true, matches are enlarged to the image's size, and a ResNet's stem shrinks them again.", expert=True
    )
    decoded: bool = param(
        False,
        "If true, matches become coordinates before a pose is regressed. The paper does not do this.",
        expert=True,
    )
    dropout: float = param(
        0.1,
        "This share of values is dropped between the hidden layers. Raising it regularizes more; 0 drops none.",
        ge=0.0,
        le=0.9,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.side % CELL:
            raise ConfigError(f"side={self.side} is not a multiple of {CELL}", "Set 128, as in the paper")
        if self.decoded and (self.enlarged or not self.fine):
            raise ConfigError(
                f"decoded=True with enlarged={self.enlarged} and fine={self.fine}",
                "Coordinates are those of the guided layer, and are not enlarged: enlarged=False, and fine above 0",
            )


EXRENET_VARIANTS = {
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
    """Return one of :data:`EXRENET_VARIANTS`, with some values replaced.

    Raises:
        ConfigError: there is no such variant, or a value is out of range.
    """
    if name not in EXRENET_VARIANTS:
        raise ConfigError(f"There is no ExReNet {name!r}", f"Variants: {', '.join(EXRENET_VARIANTS)}")
    return replace(EXRENET_VARIANTS[name], **changes)
