"""What an ExReNet was trained on, as those need it who judge, export and draw it."""

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
