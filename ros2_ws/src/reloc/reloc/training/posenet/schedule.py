"""How the learning rate of ``posenet`` goes."""

from __future__ import annotations

import math

from reloc.training.posenet.config import PoseNetConfig

WARM_UP = 0.03  # share of the steps
LAST = 0.01


def factor(config: PoseNetConfig, step: int, references: int) -> float:
    """On the base rate. ``sgd``: the paper's, 90 % less every 80 epochs. ``adamw``: a warm-up, then half a cosine."""
    if config.optimizer == "sgd":
        epoch = step * config.batch / references
        return float(0.1 ** (epoch // config.decay_epochs))
    warm = max(1.0, WARM_UP * config.steps)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(1.0, config.steps - warm)
    return LAST + (1.0 - LAST) * 0.5 * (1.0 + math.cos(math.pi * done))
