"""How large the network of the local features ``points`` is."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

CELL = 8  # pixels across and down of a cell: one descriptor, and at most one key point of training, each
STRIDE = 32  # an image's width and height are multiples of it
NOWHERE = CELL * CELL  # class of a cell without a key point


@dataclass(frozen=True, slots=True)
class PointsNetConfig:
    """Sizes of the network."""

    width: float = param(1.0, "channels of all layers but the outputs, as a share of the default", ge=0.25, le=4.0)
    descriptor: int = param(64, "length of a descriptor", ge=16, le=128)
    place: int = param(256, "length of the image's global descriptor", ge=16, le=512)

    def __post_init__(self) -> None:
        validate(self)
