"""The interface to an ExReNet's task for calibration, export and pictures."""

from __future__ import annotations

from typing import Protocol

from torch import nn

from reloc.training.exrenet.config import ExReNetTaskConfig
from reloc.training.exrenet.errors import PairErrors
from reloc.training.rooms.rooms import Rooms


class ExReNetMaterial(Protocol):
    """The part of :class:`reloc.training.tasks.exrenet.ExReNetTask` that outlives training."""

    config: ExReNetTaskConfig
    rooms: Rooms[ExReNetTaskConfig]
    seed: int

    def errors(self, network: nn.Module) -> PairErrors:
        """Return the errors on held-out worlds."""
        ...
