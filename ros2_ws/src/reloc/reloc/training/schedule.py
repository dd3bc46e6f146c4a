"""Change the learning rate over the steps."""

from __future__ import annotations

import math

WARM_UP = 0.03  # share of the steps
LAST = 0.01


def warm_cosine(step: int, steps: int) -> float:
    """Return the factor for the base rate: a warm-up, then half a cosine."""
    warm = max(1.0, WARM_UP * steps)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(1.0, steps - warm)
    return LAST + (1.0 - LAST) * 0.5 * (1.0 + math.cos(math.pi * done))


def poly(step: int, steps: int, power: float = 0.9) -> float:
    """Return the factor for the base rate: the remaining share of the steps, to the power ``power``."""
    return float((1.0 - min(step, steps) / steps) ** power)
