"""Select the strongest key points in the network's maps, with few operators, all supported by ONNX and TensorRT.

A key point is the strongest pixel of its block of 4 x 4 pixels, if no other within :data:`REACH` pixels exceeds it.
The strongest blocks are chosen first, and only their neighborhoods are examined, so that nothing runs at full
resolution. The place of a key point is the mean of the pixels around it, weighted by their probabilities. So it has
fractions of a pixel, although the network learned whole pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

REACH = 2  # radius in which a key point must be the strongest pixel, pixels
BLOCK = 4
BORDER = 4  # width of the border without key points, pixels; there, half of a point's surroundings is missing


class Selected(NamedTuple):
    """K key points of each image. A score of 0 marks an unused entry.

    A place has two parts, because float16, in which a graph may run, cannot represent fractions of large numbers.
    """

    pixel: Tensor  # (B, K, 2) int64 u and v; the top-left pixel is (0, 0)
    shift: Tensor  # (B, K, 2) from the pixel's center to the place, pixels
    score: Tensor  # (B, K)


def inside_cells(logits: Tensor, reliability: Tensor) -> Tensor:
    """Map logits (B, cell * cell + 1, h, w) and reliability (B, 1, h, w) to scores (B, cell * cell, h, w).

    A score is the probability of a key point times the reliability.
    """
    return functional.softmax(logits, dim=1)[:, :-1] * reliability


def select(scores: Tensor, count: int, cell: int = 8) -> Selected:
    """Return the key points of the ``count`` strongest blocks.

    Args:
        scores: (B, cell * cell, h, w), see :func:`inside_cells`.
        count: number of key points per image.
        cell: side of a cell, pixels.
    """
    rows, columns = scores.shape[2:]
    cells, across = rows * columns, cell // BLOCK
    # Order the channels by blocks, then by the pixels of a block.
    pixel = (
        torch.arange(cell * cell, device=scores.device).reshape(across, BLOCK, across, BLOCK).transpose(1, 2).flatten()
    )
    flat = scores[:, pixel]
    # reshape(-1, ...) instead of flatten, so that an exported graph takes any number of images.
    blocks = flat.reshape(-1, across * across, BLOCK * BLOCK, cells).amax(dim=2).reshape(-1, across * across * cells)
    _, block = blocks.topk(count, dim=1)
    quarter, place = block // cells, block % cells  # the block in its cell, and the cell
    flat = flat.reshape(-1, cell * cell * cells)
    each = torch.arange(BLOCK * BLOCK, device=scores.device)
    within = (quarter[..., None] * BLOCK * BLOCK + each) * cells + place[..., None]
    best = _at(flat, within).argmax(dim=2)
    v = place // columns * cell + quarter // across * BLOCK + best // BLOCK
    u = place % columns * cell + quarter % across * BLOCK + best % BLOCK
    height, width = rows * cell, columns * cell
    inner = (u >= BORDER) & (v >= BORDER) & (u < width - BORDER) & (v < height - BORDER)
    u, v = u.clamp(REACH, width - 1 - REACH), v.clamp(REACH, height - 1 - REACH)

    steps = torch.arange(-REACH, REACH + 1, device=scores.device)
    right, down = steps.repeat(len(steps)), steps.repeat_interleave(len(steps))
    us, vs = u[..., None] + right, v[..., None] + down  # (B, K, 25)
    quarters = vs % cell // BLOCK * across + us % cell // BLOCK
    pixels = vs % BLOCK * BLOCK + us % BLOCK
    index = (quarters * BLOCK * BLOCK + pixels) * cells + vs // cell * columns + us // cell
    around = _at(flat, index)
    middle = around[..., len(right) // 2]
    score = torch.where(inner & (middle >= around.amax(dim=2)), middle, torch.zeros_like(middle))
    near = (right.abs() <= 1) & (down.abs() <= 1)
    total = (around * near).sum(2) + 1e-6
    shift = [(around * (near * way)).sum(2) / total for way in (right, down)]
    return Selected(torch.stack([u, v], dim=2), torch.stack(shift, dim=2), score)


def _at(flat: Tensor, index: Tensor) -> Tensor:
    """Return the elements of (B, N) at the indices (B, K, n)."""
    return flat.gather(1, index.reshape(-1, index.shape[1] * index.shape[2])).reshape(-1, *index.shape[1:])


def described(descriptors: Tensor, chosen: Selected, cell: int = 8) -> Tensor:
    """Interpolate maps of cells (B, D, h, w) at the chosen places: (B, K, D) of length 1."""
    rows, columns = descriptors.shape[2:]
    grid = torch.stack([_from_middle(chosen, i, n * cell, descriptors) for i, n in enumerate((columns, rows))], dim=2)
    some = functional.grid_sample(
        descriptors, grid[:, None], mode="bilinear", padding_mode="border", align_corners=False
    )
    return functional.normalize(some[:, :, 0].transpose(1, 2), dim=2)


def _from_middle(chosen: Selected, axis: int, size: int, like: Tensor) -> Tensor:
    """Places along an axis of an image (B, K), from its middle, where grid_sample has its 0; 1 is the border."""
    return ((chosen.pixel[..., axis] - size // 2).to(like.dtype) + chosen.shift[..., axis] + 0.5) * (2.0 / size)
