"""``features`` without its conditions: what answers where they do not let it."""

from __future__ import annotations

from reloc.estimators.local_features import FeaturesConfig

CREDULOUS = FeaturesConfig(max_false_accept_rate=1.0, max_focal_off=1.0, max_sigma=1.0)
