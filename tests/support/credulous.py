"""``features`` without its conditions: what answers where they do not let it."""

from __future__ import annotations

from reloc.estimators.local_features import FeaturesConfig

CREDULOUS = FeaturesConfig(
    min_agreement=0.0,
    min_presence=0.0,
    min_compact_presence=0.0,
    min_planar_coverage=0.0,
    max_rival=1.0,
    max_twin=1.0,
    max_rest=1.0,
    max_focal_off=1.0,
    max_sigma_m=1.0,
)
