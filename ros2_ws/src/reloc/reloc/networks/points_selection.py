"""Select the strongest key points in the network's maps, with few operators, all supported by ONNX and TensorRT.

A key point is a pixel that no other within :data:`REACH` pixels exceeds; of several in a block of 4 x 4 pixels, the
strongest. Its place is the top of the parabola through the 3 x 3 responses around it.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

REACH = 2  # radius in which a key point must be the strongest pixel, pixels
BLOCK = 4
_LEAST = 1e-6  # determinants below it are none
BORDER = 8  # width of the border without key points, pixels; there, the detector sees beyond the image
FARTHEST = 0.6  # largest shift of a key point from its pixel's center, pixels
CONTRAST = 10.0  # response of half of the largest score, gray levels


class Selected(NamedTuple):
    """K key points of each image. A score of 0 marks an unused entry.

    A place has two parts, because float16, in which a graph may run, cannot represent fractions of large numbers.
    """

    pixel: Tensor  # (B, K, 2) int64 u and v; the top-left pixel is (0, 0)
    shift: Tensor  # (B, K, 2) from the pixel's center to the place, pixels
    score: Tensor  # (B, K)


def select(response: Tensor, reliability: Tensor, count: int, cell: int = 8) -> Selected:
    """Return the ``count`` key points with the highest scores.

    A score is the reliability times ``r / (r + CONTRAST)``, where r is the response. It is less than 1.

    Args:
        response: (B, cell * cell, h, w) of the pixels of each cell, row by row, gray levels; 0 is no key point.
        reliability: (B, 1, h, w) probability that a cell's key point will be matched rightly.
        count: number of key points per image.
        cell: side of a cell, pixels.
    """
    rows, columns = response.shape[2:]
    height, width, across = rows * cell, columns * cell, columns * cell // BLOCK
    image = functional.pixel_shuffle(response, cell)
    inner = functional.pad(torch.ones_like(image[:1, :, 2 * BORDER :, 2 * BORDER :]), (BORDER,) * 4)
    alone = torch.where(image >= _most(image, 2 * REACH + 1), image * inner, torch.zeros_like(image))
    strongest, place = functional.pixel_unshuffle(alone, BLOCK).max(dim=1)  # each (B, H / BLOCK, W / BLOCK)
    sure = functional.interpolate(reliability, scale_factor=float(cell // BLOCK), mode="nearest")[:, 0]
    # reshape(-1, ...) instead of flatten, so that an exported graph takes any number of images.
    blocks = across * (height // BLOCK)
    score, block = (strongest / (strongest + CONTRAST) * sure).reshape(-1, blocks).topk(count, dim=1)
    within = place.reshape(-1, blocks).gather(1, block)
    u = block % across * BLOCK + within % BLOCK
    v = block // across * BLOCK + within // BLOCK
    # An entry without a key point may be anywhere, but the pixels around it are read.
    inside_u, inside_v = u.clamp(1, width - 2), v.clamp(1, height - 2)
    steps = torch.arange(-1, 2, device=response.device)
    index = (inside_v[..., None] + steps.repeat_interleave(3)) * width + inside_u[..., None] + steps.repeat(3)
    around = image.reshape(-1, height * width).gather(1, index.reshape(-1, 9 * count)).reshape(-1, count, 9)
    return Selected(torch.stack([u, v], dim=2), _top(around), score)


def _most(image: Tensor, window: int) -> Tensor:
    """Return the largest value in the window around each pixel of (B, 1, H, W), first along rows, then columns."""
    across = functional.max_pool2d(image, (1, window), stride=1, padding=(0, window // 2))
    return functional.max_pool2d(across, (window, 1), stride=1, padding=(window // 2, 0))


def _top(around: Tensor) -> Tensor:
    """Return the top (B, K, 2) of the parabola through 3 x 3 responses (B, K, 9), in pixels from the middle."""
    left_over, over, right_over, left, here, right, left_under, under, right_under = around.unbind(dim=2)
    du, dv = (right - left) / 2, (under - over) / 2
    duu, dvv = right + left - 2 * here, under + over - 2 * here
    duv = (right_under - left_under - right_over + left_over) / 4
    # At a maximum the determinant is positive; elsewhere nothing is read from it.
    below = torch.clamp(duu * dvv - duv * duv, min=_LEAST)
    shift = torch.stack([(duv * dv - dvv * du) / below, (duv * du - duu * dv) / below], dim=2)
    return shift.clamp(-FARTHEST, FARTHEST)


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
