"""Compute from depth which pixel of a second image shows a pixel of the first (ExReNet paper, IV.B).

"Using depth information we compute for every pixel in the first image the corresponding matching pixel in the second
image": its point is transformed and projected. A hidden point, or one outside, has no match.
"""

from __future__ import annotations

import torch
from torch import Tensor

from reloc.errors import TrainingDataError

NONE = -1
HIDDEN = 0.05  # a point counts as hidden if the second image's depth differs by more than this share


def match_pixels(
    first_depth: Tensor, second_depth: Tensor, second_from_first: Tensor, intrinsics: Tensor, hidden: float = HIDDEN
) -> Tensor:
    """Return the match of every pixel of the first image.

    Args:
        first_depth, second_depth: (B, H, W) meters along the optical axis; 0, infinite or NaN where it is unknown.
        second_from_first: (B, 4, 4), optical frames.
        intrinsics: (B, 4) fx, fy, cx, cy of both images; the top-left pixel's center is (0, 0).
        hidden: see :data:`HIDDEN`.

    Returns:
        (B, H, W) int64: y * W + x of the second image's pixel, or -1.

    Raises:
        TrainingDataError: the two images differ in size.
    """
    if first_depth.shape != second_depth.shape:
        sizes = [tuple(depth.shape) for depth in (first_depth, second_depth)]
        raise TrainingDataError(
            f"Depths of a pair have shapes {sizes[0]} and {sizes[1]}", "Bring both to the network's camera"
        )
    height, width = first_depth.shape[1:]
    fx, fy, cx, cy = (value[:, None, None] for value in intrinsics.unbind(1))
    known = first_depth.isfinite() & (first_depth > 0)
    depth = torch.where(known, first_depth, 1.0)
    y = torch.arange(height, device=depth.device, dtype=depth.dtype)[:, None]
    x = torch.arange(width, device=depth.device, dtype=depth.dtype)
    in_first = torch.stack([(x - cx) / fx * depth, (y - cy) / fy * depth, depth], dim=-1)
    moved = torch.einsum("bij,bhwj->bhwi", second_from_first[:, :3, :3], in_first)
    in_second = moved + second_from_first[:, None, None, :3, 3]
    far = in_second[..., 2]
    front = far > 1e-3
    far = torch.where(front, far, 1.0)
    u = (in_second[..., 0] / far * fx + cx + 0.5).floor()  # the nearest pixel
    v = (in_second[..., 1] / far * fy + cy + 0.5).floor()
    inside = known & front & (u >= 0) & (u < width) & (v >= 0) & (v < height)
    pixel = torch.where(inside, v * width + u, 0.0).long()
    seen = second_depth.flatten(1).gather(1, pixel.flatten(1)).view_as(far)
    same = (seen - far).abs() <= hidden * far  # no number is never near
    return torch.where(inside & same, pixel, NONE)
