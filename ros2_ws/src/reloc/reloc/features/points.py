"""Local features of our own network (docs/points.md), on whatever backend is fastest here."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate
from reloc.features.by_network import NetworkFeatures


@dataclass(frozen=True, slots=True)
class PointsConfig:
    """How key points are found. A map and its queries use the same."""

    model: str = param("points", "Key points are found by this network, a model's name or folder.")
    max_features: int = param(
        1024,
        "At most this many key points are kept in an image, strongest first. Raising it adds matches and costs time.",
        ge=64,
        le=20000,
    )
    min_score: float = param(
        0.0,
        "A key point with a lower probability than this is dropped. Raising it keeps fewer key points; 0 keeps all.",
        ge=0.0,
        le=1.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class Points(NetworkFeatures):
    """Key points of the network that `reloc train points` makes."""

    name = "points"
    Config = PointsConfig
    diameter = 16.0


PLUGIN = Points
