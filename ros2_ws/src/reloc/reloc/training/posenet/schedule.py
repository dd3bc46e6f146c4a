"""Change the learning rate of ``posenet`` over the steps."""

from __future__ import annotations

from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.schedule import warm_cosine


def factor(config: PoseNetTaskConfig, step: int, references: int) -> float:
    """Return the factor for the base rate.

    ``sgd`` reduces the rate by 90 % every 80 epochs, as in the paper. ``adamw`` has a warm-up, then half a cosine.
    """
    if config.optimizer == "sgd":
        epoch = step * config.batch / references
        return float(0.1 ** (epoch // config.decay_epochs))
    return warm_cosine(step, config.steps)
