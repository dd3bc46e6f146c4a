"""Compute the loss of matches: a feature must resemble that of the same point in another image more than all others.

The paper has no such loss. Its features come from the encoder for depth (3.5), which began with ImageNet weights. From
random weights, features that learn depth alone do not distinguish two places of one wall.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reloc.training.rooms.matching import NONE, match_pixels

SAMPLES = 128  # cells per pair; more would add neighbors, which are similar
STEEPEST = 50.0


def cell_matches(first_depth: Tensor, second_depth: Tensor, second_from_first: Tensor, intrinsics: Tensor) -> Tensor:
    """Return (P, h, w) int64: for each cell of the first image, the matching cell of the second image, or -1.

    Args:
        first_depth, second_depth: (P, h, w) meters, 0 where unknown.
        second_from_first: (P, 4, 4).
        intrinsics: (P, 4) for cells, see :func:`reloc.training.pnlp.cells.cell_intrinsics`.
    """
    return match_pixels(first_depth, second_depth, second_from_first, intrinsics)


def matching_loss(first: Tensor, second: Tensor, match: Tensor, log_factor: Tensor) -> dict[str, Tensor]:
    """Return the cross entropy over all cells of the other image, in both directions, for some cells of each pair.

    Args:
        first, second: (P, C, h, w) features of length 1.
        match: (P, h, w), see :func:`cell_matches`.
        log_factor: logarithm of the factor of a cosine.

    Returns:
        ``matching``, and ``match_right``: the share of these cells whose nearest feature is in the right cell or next
            to
        it.
    """
    width = match.shape[-1]
    targets = match.flatten(1)  # (P, h w)
    chosen = torch.where(targets != NONE, torch.rand_like(targets, dtype=torch.float32), -1.0).topk(
        min(SAMPLES, targets.shape[1]), dim=1
    )
    good, cells = chosen.values >= 0, chosen.indices  # (P, S)
    there = torch.where(good, targets.gather(1, cells), 0)
    one, other = first.flatten(2), second.flatten(2)  # (P, C, h w)
    factor = log_factor.exp().clamp(max=STEEPEST)
    forth = factor * torch.einsum("pcs,pcn->psn", _at(one, cells), other).float()
    back = factor * torch.einsum("pcs,pcn->psn", _at(other, there), one).float()
    count = good.sum().clamp(min=1)
    wrong = functional.cross_entropy(forth.flatten(0, 1), there.flatten(), reduction="none")
    wrong = wrong + functional.cross_entropy(back.flatten(0, 1), cells.flatten(), reduction="none")
    with torch.no_grad():
        best = forth.argmax(2)
        beside = torch.maximum((best % width - there % width).abs(), (best // width - there // width).abs()) <= 1
        right = (beside & good).sum() / count
    return {"matching": 0.5 * (wrong * good.flatten()).sum() / count, "match_right": right}


def _at(features: Tensor, cells: Tensor) -> Tensor:
    return features.gather(2, cells[:, None].expand(-1, features.shape[1], -1))
