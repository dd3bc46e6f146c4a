"""Compute the difference of two rotations, in torch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def quaternion_error(regressed: Tensor, rotation: Tensor) -> Tensor:
    """Return (B, 4): the normalized regressed quaternion minus the true one.

    The true quaternion's sign is chosen so that the difference is small, because q and -q are the same rotation.
    """
    unit = functional.normalize(regressed, dim=1)
    same = torch.where((unit.detach() * rotation).sum(1, keepdim=True) < 0, -1.0, 1.0)
    return unit - same * rotation


def rotation_angle(regressed: Tensor, rotation: Tensor) -> Tensor:
    """Return the angle (B,) in radians between two quaternions; the first need not have unit length."""
    half = quaternion_error(regressed, rotation).norm(dim=1) / 2
    return 4.0 * torch.asin(half.clamp(0.0, 1.0))
