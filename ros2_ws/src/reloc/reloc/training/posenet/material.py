"""The interface to a PoseNet's task for calibration, export and pictures."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from reloc.training.nearby_views import NearbyViews
from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.posenet.errors import PoseErrors
from reloc.training.posenet.references import TargetReferences
from reloc.training.view_spread import Spread


class PoseNetMaterial(Protocol):
    """The part of :class:`reloc.training.tasks.posenet.PoseNetTask` that outlives training."""

    config: PoseNetTaskConfig
    references: TargetReferences
    frame: str
    learned: NDArray[np.intp]  # indices of references
    held_out: NDArray[np.intp]
    spread: Spread
    seed: int

    def errors(self, network: nn.Module, side: int | None = None) -> PoseErrors:
        """Return the errors on held-out references, without augmentation."""
        ...

    def views_at(self, side: int) -> NearbyViews:
        """Return the generator of training images of ``side`` x ``side`` pixels."""
        ...
