"""Decode correlations to coordinates: the match of each place of the first image, with fractions of a place.

This is not in the ExReNet paper. Its regressor gets the correlations and must learn the meaning of two hundred channels
at each place from poses, which takes hundreds of thousands of steps. Coordinates have that meaning at once, and a
solver can use them, too.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from reloc.networks.correlation import offsets

# Offsets x and y of the best place and its neighbors, which are averaged, (9, 2).
STEPS: NDArray[np.float32] = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1)], np.float32)
BEYOND = 1e4  # subtracted from the correlation of a place outside of the neighborhood
CHANNELS = 5  # channels of :func:`decode`
INPUTS = 9  # channels of :func:`as_input`


def decode(coarse: Tensor, guide: Tensor, fine: Tensor, border: int, nothing: Tensor | None = None) -> Tensor:
    """Return the match of every place, and its confidence.

    In two views far apart, most places of one are not in the other. So both layers have a further choice, "nothing",
    with a learned correlation. Without it, the best wrong place would be as confident as a right one. The confidence is
    also low for a cell that another cell of the first image matches far better.

    Args:
        coarse: (B, p * p, p, p), of :func:`reloc.networks.correlation.extensive`.
        guide: (B, p, p), its best channels.
        fine: (B, d * d, s, s), of :func:`reloc.networks.correlation.guided`; s = u * p.
        border: of the guided layer.
        nothing: (2,) the correlations of "nothing" in the coarse and in the fine layer; None excludes this choice.

    Returns:
        (B, 5, s, s): x and y of the best place, whole numbers from -border * u to s - 1 + border * u; the match's
            offset from its center, x and y from -1 to 1 places; the confidence of both choices, 0 to 1.
        Whole numbers and fractions are separate, because bfloat16 has eight bits, and each needs all of them.
    """
    p = int(guide.shape[-1])
    scale = int(fine.shape[-1]) // p
    at, near, exists, step = _tables(scale, border, fine.device)
    values = fine.float()
    best = values.argmax(1)  # (B, s, s)
    around = values.gather(1, near[best].permute(0, 3, 1, 2))  # (B, 9, s, s)
    around = around - BEYOND * (1.0 - exists[best].permute(0, 3, 1, 2))
    total = _total(values, None if nothing is None else nothing[1])
    sure = torch.exp(torch.logsumexp(around, 1, keepdim=True) - total)
    part = torch.einsum("bkyx,kc->bcyx", torch.softmax(around, 1), step)

    def spread(values: Tensor) -> Tensor:  # from cells to places
        return values.repeat_interleave(scale, 1).repeat_interleave(scale, 2)

    corner = torch.stack([guide // p - border, guide % p - border], -1) * scale  # a channel of the guide is x * p + y
    place = (spread(corner) + at[best]).permute(0, 3, 1, 2).float()
    return torch.cat([place, part, sure * spread(_sure_of_cells(coarse.float(), guide, nothing))[:, None]], 1)


@functools.cache
def _tables(scale: int, border: int, device: torch.device) -> tuple[Tensor, ...]:
    """Offsets (d * d, 2), :func:`_neighbours` and :data:`STEPS`, once a device: a run then copies nothing to it."""
    with torch.inference_mode(False):  # training may use them after a run that needed no gradients
        tables = (offsets(scale, border), *_neighbours(scale, border), STEPS)
        return tuple(torch.from_numpy(table).to(device) for table in tables)


def with_nothing(correlation: Tensor, nothing: Tensor) -> Tensor:
    """Add a last channel for no match, with the correlation ``nothing``: (B, channels, s, s) to (B, channels + 1,
    s, s).
    """
    return torch.cat([correlation, nothing.to(correlation.dtype).expand_as(correlation[:, :1])], 1)


def _total(correlation: Tensor, nothing: Tensor | None) -> Tensor:
    """Return (B, 1, s, s): the logarithm of a softmax's denominator."""
    total = torch.logsumexp(correlation, 1, keepdim=True)
    return total if nothing is None else total + functional.softplus(nothing - total)


def _sure_of_cells(coarse: Tensor, guide: Tensor, nothing: Tensor | None) -> Tensor:
    """Return (B, p, p): the probability of the guide's channel, in both directions.

    From the second image, it is compared with the best cell only: if the first image is nearer, several of its cells
    show the same cell of the second.
    """
    nothing = None if nothing is None else nothing[0]
    rivals = coarse.amax((2, 3), keepdim=True).expand_as(coarse)
    if nothing is not None:
        rivals = torch.maximum(rivals, nothing)
    of_guide, rival = (values.gather(1, guide[:, None]) for values in (coarse, rivals))
    return torch.exp(2.0 * of_guide - _total(coarse, nothing) - rival)[:, 0]


def _neighbours(scale: int, border: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the channels that are :data:`STEPS` away from each channel of the guided layer, (d * d, 9), and 1 if
    valid.
    """
    at = offsets(scale, border)
    span = scale * (1 + 2 * border)
    channel = np.empty((span, span), np.int64)
    channel[at[:, 0], at[:, 1]] = np.arange(len(at))
    beside = at[:, None] + STEPS.astype(np.int64)
    inside: NDArray[np.bool_] = np.asarray(((beside >= 0) & (beside < span)).all(axis=-1))
    beside = np.where(inside[..., None], beside, at[:, None])
    return channel[beside[..., 0], beside[..., 1]], inside.astype(np.float32)


def as_input(decoded: Tensor) -> Tensor:
    """Convert decoded matches to the regressor's input: (B, 5, s, s) to (B, 9, s, s).

    The channels are the own and the matching coordinates, from -1 to 1 across the image; their difference; the
    difference times the confidence; and the confidence.
    """
    side = int(decoded.shape[-1])
    centres = (torch.arange(side, device=decoded.device, dtype=decoded.dtype) + 0.5) * (2.0 / side) - 1.0
    own = torch.stack([centres.expand(side, side), centres[:, None].expand(side, side)])
    match = (decoded[:, :2] + decoded[:, 2:4] + 0.5) * (2.0 / side) - 1.0
    sure = decoded[:, 4:]
    own = own.expand_as(match)
    return torch.cat([own, match, match - own, (match - own) * sure, sure], 1)
