"""Split a GPU's time into computing and waiting for the processor to launch kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class InputThere:
    """Times in milliseconds of one batch whose input and output stay on the GPU.

    A launch is timed from the call to the end of the work. ``busy_ms`` is the time of one of many CUDA graphs in a
    queue: the next one is launched while the last computes, so that only computing is left.
    """

    batch: int
    graph_p50_ms: float  # one CUDA graph at a time, as on a robot; NaN if no graph could be captured
    graph_p99_ms: float
    plain_p50_ms: float  # kernels launched one by one
    plain_p99_ms: float
    busy_ms: float

    @property
    def p50_ms(self) -> float:
        """The time of a frame."""
        return self.graph_p50_ms if np.isfinite(self.graph_p50_ms) else self.plain_p50_ms

    @property
    def launch_share(self) -> float:
        """Share of a frame's time that is launch overhead, 0 to 1."""
        return _share(self.p50_ms, self.busy_ms)

    @property
    def launch_share_plain(self) -> float:
        """The same without a CUDA graph."""
        return _share(self.plain_p50_ms, self.busy_ms)


def input_there(batch: int, graph_ms: Sequence[float], plain_ms: Sequence[float], queued_ms: float) -> InputThere:
    """Combine single measurements.

    Args:
        graph_ms, plain_ms: times of single launches; ``graph_ms`` may be empty.
        queued_ms: time of one of many in a queue.
    """
    graph = np.percentile(graph_ms, (50, 99)) if len(graph_ms) else np.full(2, np.nan)
    plain = np.percentile(plain_ms, (50, 99))
    return InputThere(batch, float(graph[0]), float(graph[1]), float(plain[0]), float(plain[1]), queued_ms)


def _share(whole_ms: float, busy_ms: float) -> float:
    return float(np.clip(1 - busy_ms / whole_ms, 0, 1)) if whole_ms > 0 else 0.0
