"""A moving average of the weights, which is steadier than any single step, for validation and export."""

from __future__ import annotations

import copy

import torch
from torch import nn


class MovingAverage:
    """A copy of the network whose weights follow it."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(network).eval().requires_grad_(False)

    def update(self, network: nn.Module, step: int) -> None:
        """Move toward the weights after ``step`` (from 0); the first moves are large, because initial weights are
        useless.
        """
        decay = min(self.decay, (1 + step) / (10 + step))
        with torch.no_grad():
            current = network.state_dict()
            for name, average in self.network.state_dict().items():
                if average.is_floating_point():
                    average.lerp_(current[name], 1.0 - decay)
                else:  # counters
                    average.copy_(current[name])
