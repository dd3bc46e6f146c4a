"""XFeat's key points and descriptors (Potje et al., CVPR 2024), on whatever backend is fastest here.

No weights ship: `reloc models import xfeat` makes the model from the published ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import same
from reloc.features.by_network import NetworkFeatures, NetworkFeaturesConfig


@dataclass(frozen=True, slots=True)
class XFeatConfig(NetworkFeaturesConfig):
    """How key points are found. A map and its queries use the same."""

    model: str = same(NetworkFeaturesConfig, "model", default="xfeat")
    min_score: float = same(
        NetworkFeaturesConfig,
        "min_score",
        doc="A key point with a lower score than this, its probability times its reliability, is dropped. Raising it "
        "keeps fewer key points; 0 keeps all.",
    )


class XFeatFeatures(NetworkFeatures):
    """Sparse key points of the published network."""

    name = "xfeat"
    Config = XFeatConfig
    diameter = 16.0
    obtain = "reloc models import xfeat"


PLUGIN = XFeatFeatures
