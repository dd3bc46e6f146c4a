"""Sizes of the network of the local features ``points``."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

POINTS_CELL = 8  # side of a cell, pixels; each cell has one descriptor
POINTS_STRIDE = 32  # an image's width and height are multiples of this


@dataclass(frozen=True, slots=True)
class PointsNetConfig:
    """Sizes of the network."""

    width: float = param(
        1.0,
        "All layers but the outputs have this multiple of the default channels. Raising it costs "
        "time and may be more accurate.",
        ge=0.25,
        le=4.0,
    )
    descriptor: int = param(
        64, "Each descriptor has this many numbers. Raising it tells more points apart and costs memory.", ge=16, le=128
    )
    place: int = param(
        256,
        "The global descriptor has this many numbers. Raising it tells more places apart and costs memory.",
        ge=16,
        le=512,
    )

    def __post_init__(self) -> None:
        validate(self)
