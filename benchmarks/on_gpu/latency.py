"""How long a network takes with its input already there, and how much of it is the launching of kernels."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

WARM_UP = 5


@dataclass(frozen=True)
class Latency:
    """Medians, milliseconds."""

    launched: float  # each kernel launched by the processor
    graph: float | None  # as one CUDA graph; None on a processor, or where the network cannot be captured
    problem: str = ""  # why there is no graph

    @property
    def launch_share(self) -> float | None:
        """The share of the time that the graph saves."""
        return None if self.graph is None else max(0.0, 1.0 - self.graph / self.launched)


def latency(net: nn.Module, inputs: list[Tensor], runs: int, half: bool) -> Latency:
    """Time it on the device of its inputs, in float32, or in float16 by autocast."""
    device = inputs[0].device

    def run() -> Any:
        # Casts of weights are part of a captured graph, so they must not be taken from a cache outside it.
        with torch.inference_mode(), torch.autocast(device.type, torch.float16, enabled=half, cache_enabled=False):
            return net(*inputs)

    for _ in range(WARM_UP):
        run()
    launched = _median_ms(run, device, runs)
    if device.type != "cuda":
        return Latency(launched, None, "no GPU")
    try:
        graph = _captured(run)
    except RuntimeError as error:
        torch.cuda.synchronize()
        return Latency(launched, None, " ".join(str(error).split())[:120])
    return Latency(launched, _median_ms(graph.replay, device, runs))


def _captured(run: Callable[[], Any]) -> Any:
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph


def _median_ms(run: Callable[[], Any], device: torch.device, runs: int) -> float:
    times = []
    for _ in range(runs):
        if device.type == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return 1e3 * statistics.median(times)
