"""XFeat's key points and descriptors (Potje et al., CVPR 2024), on whatever backend is fastest here.

No weights ship: `reloc models import xfeat` makes the model from the published ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate
from reloc.features.by_network import NetworkFeatures


@dataclass(frozen=True, slots=True)
class XFeatConfig:
    """How key points are found. A map and its queries use the same."""

    model: str = param("xfeat", "Key points are found by this network, a model's name or folder.")
    max_features: int = param(
        1024,
        "At most this many key points are kept in an image, strongest first. Raising it adds matches and costs time.",
        ge=64,
        le=20000,
    )
    min_score: float = param(
        0.0,
        "A key point with a lower score than this, its probability times its reliability, is dropped. Raising it "
        "keeps fewer key points; 0 keeps all.",
        ge=0.0,
        le=1.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class XFeatFeatures(NetworkFeatures):
    """Sparse key points of the published network."""

    name = "xfeat"
    Config = XFeatConfig
    diameter = 16.0
    obtain = "reloc models import xfeat"


PLUGIN = XFeatFeatures
