"""The interface to a CamNet's task for calibration, export and pictures."""

from __future__ import annotations

from typing import Any, Protocol

from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.data import Data
from reloc.training.camnet.judging import Asked


class CamNetMaterial(Protocol):
    """The part of :class:`reloc.training.tasks.camnet.CamNetTask` that outlives training."""

    config: CamNetTaskConfig
    data: Data
    seed: int

    def ask(self, network: Any) -> list[Asked]:
        """Return the answers to held-out queries, by a learner in eval mode."""
        ...
