"""Convert pixels to cells of a smaller map: their depth, and the intrinsics of a camera whose pixels are cells."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

EDGE = 0.1  # largest relative difference of the depths inside a cell


def cell_depth(depth: Tensor, cell: int, edge: float = EDGE) -> Tensor:
    """Return the mean depth of cells; 0 where it is unknown, and at depth edges, where a mean is meaningless.

    Args:
        depth: (B, H, W) meters; 0, infinite or NaN where it is unknown.
        cell: side of a cell, pixels.
        edge: largest relative difference of the depths inside a cell.

    Returns:
        (B, H / cell, W / cell)
    """
    known = depth.isfinite() & (depth > 0)
    some = torch.where(known, depth, 0.0)[:, None]
    mask = known.to(some.dtype)[:, None]
    count = functional.avg_pool2d(mask, cell)
    mean = functional.avg_pool2d(some, cell) / count.clamp(min=1e-6)
    farthest = functional.max_pool2d(some, cell)
    nearest = -functional.max_pool2d(torch.where(known, -some[:, 0], -torch.inf)[:, None], cell)
    good = (count > 0) & (farthest - nearest <= edge * mean)
    return torch.where(good, mean, 0.0)[:, 0]


def cell_intrinsics(intrinsics: Tensor, cell: float) -> Tensor:
    """Return the intrinsics (..., 4) fx, fy, cx, cy of a camera whose pixels are cells of ``cell`` pixels."""
    focal, centre = intrinsics[..., :2] / cell, (intrinsics[..., 2:] + 0.5) / cell - 0.5
    return torch.cat([focal, centre], dim=-1)
