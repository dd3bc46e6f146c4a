"""Count the pixels that support each channel of a correlation layer: n(y1, x1, w) of the ExReNet paper (IV.B).

For two feature vectors it is "the number of pixels that are included in the spatial region covered by F1(y1, x1) and
whose matching pixel from the other image is covered by F2(y2, x2)".
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reloc.networks.correlation import offsets
from reloc.training.rooms.matching import NONE


@dataclass
class Counts:
    """Counts of one correlation layer."""

    pixels: Tensor  # (B, channels, s, s) int64, how many pixels match
    exists: Tensor  # (B, channels, s, s) bool, whether the channel stands for a place of the second image


def extensive_counts(match: Tensor, side: int) -> Counts:
    """Return counts for :func:`reloc.networks.correlation.extensive`, with ``side`` places across.

    Args:
        match: (B, H, W), see :func:`reloc.training.rooms.matching.match_pixels`; H and W are equal.
    """
    x, y, known = _targets(match, side)
    pixels = _summed(x * side + y, known, side * side, side)
    return Counts(pixels, torch.ones_like(pixels, dtype=torch.bool))


def guided_counts(match: Tensor, side: int, guide: Tensor, border: int) -> Counts:
    """Return counts for :func:`reloc.networks.correlation.guided`, with ``side`` places across.

    Matches outside of the guide's neighborhood are not counted.

    Args:
        match: as in :func:`extensive_counts`.
        guide: (B, p, p), the best channels of the coarse layer.
        border: coarse cells around the neighborhood.
    """
    coarse = guide.shape[-1]
    scale = side // coarse
    span = scale * (1 + 2 * border)
    fine = guide.repeat_interleave(scale, 1).repeat_interleave(scale, 2)  # (B, s, s)
    left, top = (fine // coarse - border) * scale, (fine % coarse - border) * scale
    channel_at = torch.from_numpy(offsets(scale, border)).to(match.device)  # (d * d, 2)
    of_channel = torch.empty(span * span, dtype=torch.int64, device=match.device)
    of_channel[channel_at[:, 0] * span + channel_at[:, 1]] = torch.arange(span * span, device=match.device)

    x, y, known = _targets(match, side)
    dx, dy = x - left.flatten(1)[..., None], y - top.flatten(1)[..., None]
    known = known & (dx >= 0) & (dx < span) & (dy >= 0) & (dy < span)
    channel = of_channel[torch.where(known, dx * span + dy, 0)]
    at_x = left[:, None] + channel_at[:, 0, None, None]
    at_y = top[:, None] + channel_at[:, 1, None, None]
    exists = (at_x >= 0) & (at_x < side) & (at_y >= 0) & (at_y < side)
    return Counts(_summed(channel, known, span * span, side), exists)


def _targets(match: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the matches of each place's pixels (B, side * side, pixels): x and y in the second map, and whether it
    exists.
    """
    cell = match.shape[-1] // side
    grouped = match.unflatten(2, (side, cell)).unflatten(1, (side, cell)).permute(0, 1, 3, 2, 4)
    grouped = grouped.reshape(len(match), side * side, cell * cell)
    return grouped % match.shape[-1] // cell, grouped // match.shape[-1] // cell, grouped != NONE


def _summed(channel: Tensor, known: Tensor, channels: int, side: int) -> Tensor:
    counts = torch.zeros(*channel.shape[:2], channels, dtype=torch.int64, device=channel.device)
    counts.scatter_add_(2, torch.where(known, channel, 0), known.long())
    return counts.transpose(1, 2).unflatten(2, (side, side))
