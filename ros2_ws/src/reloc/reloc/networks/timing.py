"""Plain torch networks with random weights, for timing. The weights do not change a network's speed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from reloc.networks.posenet import PoseNetNetwork

KINDS = {"posenet": "PoseNet with random weights, without the samples of dropout"}


def runner(kind: str, shape: tuple[int, ...], threads: int) -> Callable[[], Any]:
    """Return a function that runs the network ``kind`` once, on the CPU, in float32.

    Args:
        kind: one of :data:`KINDS`.
        shape: shape of the input, uint8.
    """
    torch.set_num_threads(threads)
    network = PoseNetNetwork().eval()
    image = torch.randint(0, 256, shape, dtype=torch.uint8)

    def run() -> Any:
        with torch.inference_mode():
            return network.regressor(network.localization_feature(image)[2])

    return run
