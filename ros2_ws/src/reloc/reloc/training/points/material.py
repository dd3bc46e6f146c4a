"""What pictures, card and export of ``points`` need of its task."""

from __future__ import annotations

from typing import Any, Protocol

from torch import nn

from reloc.training.points.batches import TrainingPairs
from reloc.training.points.config import PointsTaskConfig
from reloc.training.points.judging import MatchJudgment


class PointsMaterial(Protocol):
    """A task's part that others may see."""

    config: PointsTaskConfig
    pairs: TrainingPairs

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """See :class:`reloc.training.task.Task`."""
        ...

    def judgment(self, network: nn.Module) -> MatchJudgment:
        """On what was held out."""
        ...
