"""How the learning rate of ``posenet`` goes."""

from __future__ import annotations

from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.schedule import warm_cosine


def factor(config: PoseNetTaskConfig, step: int, references: int) -> float:
    """On the base rate. ``sgd``: the paper's, 90 % less every 80 epochs. ``adamw``: a warm-up, then half a cosine."""
    if config.optimizer == "sgd":
        epoch = step * config.batch / references
        return float(0.1 ** (epoch // config.decay_epochs))
    return warm_cosine(step, config.steps)
