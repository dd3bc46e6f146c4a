"""The quick convolution of an enlarged map is the plain one."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from reloc.networks.upsampled_conv import upsampled_conv


@pytest.mark.parametrize(("factor", "side"), [(4, 6), (16, 3), (8, 1)])
def test_it_is_the_convolution_of_the_enlarged_map(factor: int, side: int) -> None:
    torch.manual_seed(factor)
    x, weight = torch.randn(2, 5, side, side, dtype=torch.float64), torch.randn(3, 5, 7, 7, dtype=torch.float64)
    enlarged = functional.interpolate(x, scale_factor=float(factor), mode="nearest")
    torch.testing.assert_close(
        upsampled_conv(x, weight, factor), functional.conv2d(enlarged, weight, stride=2, padding=3)
    )


def test_its_weights_learn_as_those_of_the_plain_one() -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(2, 5, 4, 4), torch.randn(3, 5, 7, 7, requires_grad=True)
    target = torch.randn(2, 3, 8, 8)
    enlarged = functional.interpolate(x, scale_factor=4.0, mode="nearest")
    (plain,) = torch.autograd.grad((functional.conv2d(enlarged, weight, stride=2, padding=3) * target).sum(), weight)
    (quick,) = torch.autograd.grad((upsampled_conv(x, weight, 4) * target).sum(), weight)
    torch.testing.assert_close(quick, plain, rtol=1e-4, atol=1e-4)
