"""How far a device's answers are from the processor's in float32."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from on_gpu.networks import tensors


def parity(net: nn.Module, inputs: list[Tensor], device: torch.device, half: bool) -> float:
    """The largest difference of an output, as a share of its norm; NaN if numbers are none.

    Args:
        net: on the CPU; it is moved to the device, and stays there.
    """
    with torch.inference_mode():
        exact = [t.clone() for t in tensors(net(*inputs))]
        net.to(device)
        with torch.autocast(device.type, torch.float16, enabled=half):
            got = [t.cpu() for t in tensors(net(*(x.to(device) for x in inputs)))]
    if [t.shape for t in exact] != [t.shape for t in got]:
        return float("nan")
    shares = [relative(a.double(), b.double()) for a, b in zip(exact, got, strict=True) if a.is_floating_point()]
    return float("nan") if any(s != s for s in shares) else max(shares)


def relative(exact: Tensor, got: Tensor) -> float:
    """|got - exact| / |exact|."""
    size = exact.norm()
    return float((got - exact).norm() / (size if size > 0 else torch.ones_like(size)))
