"""The network that a trainer wrapped. It needs torch alone, so that a benchmark can train where nothing else is."""

from __future__ import annotations

from torch import nn


def unwrap(network: nn.Module) -> nn.Module:
    """Return the network itself, wrapped or not."""
    return network.module if isinstance(network, nn.parallel.DistributedDataParallel) else network
