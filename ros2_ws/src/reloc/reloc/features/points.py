"""Local features of our own network (docs/points.md), on whatever backend is fastest here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reloc.config import same
from reloc.features.by_network import NetworkFeatures, NetworkFeaturesConfig
from reloc.features.dual_softmax import DualSoftmax


@dataclass(frozen=True, slots=True)
class PointsConfig(NetworkFeaturesConfig):
    """How key points are found. A map and its queries use the same."""

    max_features: int = same(NetworkFeaturesConfig, "max_features", default=2048)


class Points(NetworkFeatures):
    """Key points of the network that `reloc train points` makes."""

    name = "points"
    Config = PointsConfig
    diameter = 16.0
    # Chosen with queries of RedKitchen's seq-01 and references of seq-02: at every precision, this sharpness has most
    # right matches, and 97 % of the distinct ones are right.
    softmax: ClassVar[DualSoftmax | None] = DualSoftmax(sharpness=35.0, distinct=0.3)


PLUGIN = Points
