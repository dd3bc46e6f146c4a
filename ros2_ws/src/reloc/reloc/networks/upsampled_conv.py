"""Compute a strided 7 x 7 convolution of an enlarged map, without enlarging the map.

ExReNet enlarges its matches to 128 x 128 and applies a ResNet's first convolution, 7 x 7 with a stride of 2. The
enlarging repeats each value, so most products are with equal values. A 3 x 3 convolution of the small map gives the
same result at a fifth of the cost; its channels are all outputs that fall into a cell.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

KERNEL, STRIDE = 7, 2


def upsampled_conv(x: Tensor, weight: Tensor, factor: int) -> Tensor:
    """Return the convolution of ``x`` with each value repeated ``factor`` times per axis, with a padding of 3.

    Args:
        x: (B, I, h, w) the small map.
        weight: (O, I, 7, 7) weights of the convolution.
        factor: repetitions per axis, an even number of at least 4.

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
