"""How a learning rate goes over the steps."""

from __future__ import annotations

import math

WARM_UP = 0.03  # share of the steps
LAST = 0.01


def warm_cosine(step: int, steps: int) -> float:
    """Factor on the base rate: a warm-up, then half a cosine."""
    warm = max(1.0, WARM_UP * steps)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(1.0, steps - warm)
    return LAST + (1.0 - LAST) * 0.5 * (1.0 + math.cos(math.pi * done))


def poly(step: int, steps: int, power: float = 0.9) -> float:
    """Factor on the base rate: down to zero along a power of what is left."""
    return float((1.0 - min(step, steps) / steps) ** power)
