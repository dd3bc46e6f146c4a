"""How far two rotations are apart, in torch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def quaternion_error(regressed: Tensor, rotation: Tensor) -> Tensor:
    """(B, 4) of the regressed quaternion, made unit, to that of the same rotation which is nearer: q and -q are one."""
    unit = functional.normalize(regressed, dim=1)
    same = torch.where((unit.detach() * rotation).sum(1, keepdim=True) < 0, -1.0, 1.0)
    return unit - same * rotation


def rotation_angle(regressed: Tensor, rotation: Tensor) -> Tensor:
    """(B,) radians between two quaternions; the first need not be unit."""
    half = quaternion_error(regressed, rotation).norm(dim=1) / 2
    return 4.0 * torch.asin(half.clamp(0.0, 1.0))
