"""Local features of our own network (docs/points.md), on whatever backend is fastest here."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import same
from reloc.features.by_network import NetworkFeatures, NetworkFeaturesConfig


@dataclass(frozen=True, slots=True)
class PointsConfig(NetworkFeaturesConfig):
    """How key points are found. A map and its queries use the same."""

    max_features: int = same(NetworkFeaturesConfig, "max_features", default=2048)


class Points(NetworkFeatures):
    """Key points of the network that `reloc train points` makes."""

    name = "points"
    Config = PointsConfig
    diameter = 16.0


PLUGIN = Points
