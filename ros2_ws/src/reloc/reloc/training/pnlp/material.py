"""The interface to the task ``pnlp`` for calibration, export and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import nn

from reloc.training.pnlp.config import PnLPTaskConfig
from reloc.training.pnlp.errors import NetErrors
from reloc.training.rooms.rooms import Rooms, RoomViews


class PnLPMaterial(Protocol):
    """The part of :class:`reloc.training.tasks.pnlp.PnLPTask` that outlives training."""

    config: PnLPTaskConfig
    rooms: Rooms[PnLPTaskConfig]
    mapped: Sequence[RoomViews]
    seed: int

    def errors(self, network: nn.Module) -> NetErrors:
        """Return the errors on held-out worlds."""
        ...
