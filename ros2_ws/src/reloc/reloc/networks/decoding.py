"""From correlations to coordinates: where each place of the first image lies in the second, finer than places are.

Not in the ExReNet paper, whose regressor sees the correlations themselves: it has to learn from poses what each of two
hundred channels means at each place, which takes hundreds of thousands of steps. Coordinates say it at once, and a
solver can use them, too.
"""

from __future__ import annotations

import torch
from torch import Tensor

from reloc.networks.correlation import offsets

NEAR = 1  # places around the best one that share in the answer
CHANNELS = 5  # of what :func:`decode` gives
INPUTS = 9  # of what :func:`as_input` makes of it


def decode(coarse: Tensor, guide: Tensor, fine: Tensor, border: int) -> Tensor:
    """The match of every place, and how sure it is.

    Args:
        coarse: (B, p * p, p, p), of :func:`reloc.networks.correlation.extensive`.
        guide: (B, p, p), its best channels.
        fine: (B, d * d, s, s), of :func:`reloc.networks.correlation.guided`; s = u * p.
        border: of the guided layer.

    Returns:
        (B, 5, s, s): x and y of the place that matches best, whole numbers from -border * u to s - 1 + border * u; how
        far beyond its centre the match lies, x and y from -1 to 1 places; the probability of both choices, 0 to 1.
        Whole numbers and fractions apart: bfloat16 has eight bits, which both need for themselves.
    """
    p = int(guide.shape[-1])
    scale = int(fine.shape[-1]) // p
    at = torch.from_numpy(offsets(scale, border)).to(fine.device)  # (d * d, 2)
    values = fine.float()
    best = at[values.argmax(1)]  # (B, s, s, 2)
    off = at[:, :, None, None] - best.permute(0, 3, 1, 2)[:, None]  # (B, d * d, 2, s, s)
    chosen = torch.softmax(values, 1)
    chosen = chosen * (off.abs().amax(2) <= NEAR)
    sure = chosen.sum(1, keepdim=True)
    part = (chosen[:, :, None] * off).sum(1) / sure.clamp(min=1e-6)

    def spread(values: Tensor) -> Tensor:  # from cells to places
        return values.repeat_interleave(scale, 1).repeat_interleave(scale, 2)

    corner = torch.stack([guide // p - border, guide % p - border], -1) * scale  # a channel of the guide is x * p + y
    place = (spread(corner) + best).permute(0, 3, 1, 2).float()
    surest = spread(torch.softmax(coarse.float(), 1).amax(1))[:, None]
    return torch.cat([place, part, sure * surest], 1)


def as_input(decoded: Tensor) -> Tensor:
    """What the regressor sees of it: (B, 5, s, s) to (B, 9, s, s).

    Own and matching coordinates, from -1 to 1 across the image, what lies between them, the same times how sure it is,
    and how sure it is.
    """
    side = int(decoded.shape[-1])
    centres = (torch.arange(side, device=decoded.device, dtype=decoded.dtype) + 0.5) * (2.0 / side) - 1.0
    own = torch.stack([centres.expand(side, side), centres[:, None].expand(side, side)])
    match = (decoded[:, :2] + decoded[:, 2:4] + 0.5) * (2.0 / side) - 1.0
    sure = decoded[:, 4:]
    own = own.expand_as(match)
    return torch.cat([own, match, match - own, (match - own) * sure, sure], 1)
