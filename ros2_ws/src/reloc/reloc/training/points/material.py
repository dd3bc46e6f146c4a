"""The interface to the task ``points`` for pictures, card and export."""

from __future__ import annotations

from typing import Any, Protocol

from torch import nn

from reloc.training.points.batches import TrainingPairs
from reloc.training.points.config import PointsTaskConfig
from reloc.training.points.judging import MatchJudgment


class PointsMaterial(Protocol):
    """The part of :class:`reloc.training.tasks.points.PointsTask` that outlives training."""

    config: PointsTaskConfig
    pairs: TrainingPairs

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return a batch, see :class:`reloc.training.task.Task`."""
        ...

    def judgment(self, network: nn.Module) -> MatchJudgment:
        """Return the judgment on held-out pairs."""
        ...
