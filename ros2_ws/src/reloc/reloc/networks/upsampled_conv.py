"""A strided 7 x 7 convolution of an enlarged map, without enlarging it.

ExReNet enlarges its matches to 128 x 128 and lets a ResNet's first convolution, 7 x 7 with a stride of 2, look at them.
Where each value is only repeated, most of these products are with equal values: the same result is a 3 x 3 convolution
of the small map that gives all values that fall into a cell as channels of their own, at a fifth of the cost.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

KERNEL, STRIDE = 7, 2


def upsampled_conv(x: Tensor, weight: Tensor, factor: int) -> Tensor:
    """The convolution of ``x``, each value repeated ``factor`` times across and down, with a padding of 3.

    Args:
        x: (B, I, h, w).
        weight: (O, I, 7, 7).
        factor: even, 4 or more.

    Returns:
        (B, O, h * factor / 2, w * factor / 2).
    """
    return functional.pixel_shuffle(functional.conv2d(x, gathered(weight, factor), padding=1), factor // STRIDE)


def gathered(weight: Tensor, factor: int) -> Tensor:
    """The weights of the 3 x 3 one, (O * r * r, I, 3, 3) with r = factor / 2: taps that fall into one cell, summed."""
    phase = torch.arange(factor // STRIDE, device=weight.device)[:, None, None]
    cell = torch.arange(3, device=weight.device)[:, None] - 1
    tap = torch.arange(KERNEL, device=weight.device) - KERNEL // 2
    falls = (STRIDE * phase + tap).div(factor, rounding_mode="floor") == cell  # (r, 3, 7)
    taps = falls.to(weight)
    return torch.einsum("pck,qdl,oikl->opqicd", taps, taps, weight).flatten(0, 2)
