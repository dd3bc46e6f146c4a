"""The losses of a step: imitate the teacher, and match points and images."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

STEEPEST = 60.0
PLACE_FACTOR = 10.0  # factor of the cosine of two global descriptors


def imitation_loss(descriptors: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean of 1 - cosine to the teacher's descriptors: (B, D, h, w) both, weights (B, h, w)."""
    off = 1.0 - (descriptors * functional.normalize(wanted, dim=1)).sum(1)
    return (off * weight).sum() / weight.sum().clamp(min=1e-6)


def at(maps: Tensor, uv: Tensor, side: int) -> Tensor:
    """Interpolate maps (B, C, h, w) of square images at pixels (B, M, 2): (B, C, M)."""
    grid = (2.0 * uv + 1.0) / side - 1.0
    return functional.grid_sample(maps, grid[:, None], align_corners=False, padding_mode="border")[:, :, 0]


def matching_loss(first: Tensor, second: Tensor, known: Tensor, log_factor: Tensor) -> dict[str, Tensor]:
    """Return the dual softmax loss over the points of a pair, as in XFeat and SiLK.

    Args:
        first, second: (P, D, M) descriptors of the same points in both views, of any length.
        known: (P, M) whether the match exists.
        log_factor: logarithm of the factor of a cosine.

    Returns:
        ``matching``, the mean cross entropy in both directions; ``confidence`` (P, M) of each match; and
        ``match_right``, the share of matches that are mutual nearest neighbors.
    """
    first, second = functional.normalize(first, dim=1), functional.normalize(second, dim=1)
    alike = log_factor.exp().clamp(max=STEEPEST) * torch.einsum("pdm,pdn->pmn", first, second)
    alike = alike.masked_fill(~known[:, None, :] | ~known[:, :, None], -1e4)
    forth = functional.log_softmax(alike, dim=2).diagonal(dim1=1, dim2=2)
    back = functional.log_softmax(alike, dim=1).diagonal(dim1=1, dim2=2)
    count = known.sum().clamp(min=1)
    with torch.no_grad():
        own = torch.arange(known.shape[1], device=known.device)
        right = (alike.argmax(2) == own) & (alike.argmax(1) == own) & known
    return {
        "matching": -0.5 * ((forth + back) * known).sum() / count,
        "confidence": (forth + back).exp().detach(),
        "match_right": right.sum() / count,
    }


def reliability_loss(first: Tensor, second: Tensor, confidence: Tensor, known: Tensor) -> Tensor:
    """Return the cross entropy between both views' logits (P, M) and the confidence (P, M) of their match."""
    off = sum(functional.binary_cross_entropy_with_logits(x, confidence, reduction="none") for x in (first, second))
    assert isinstance(off, Tensor)
    return 0.5 * (off * known).sum() / known.sum().clamp(min=1)


def place_loss(first: Tensor, second: Tensor) -> Tensor:
    """Return the cross entropy of assigning P first global descriptors (P, G) to P second ones, in both directions."""
    alike = PLACE_FACTOR * first @ second.T
    own = torch.arange(len(first), device=first.device)
    return 0.5 * (functional.cross_entropy(alike, own) + functional.cross_entropy(alike.T, own))
