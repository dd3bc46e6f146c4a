"""The losses of a step: be like the teacher, and do what the teacher's answers are for."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reloc.networks.points_config import NO_POINT

EMPTY = 0.25  # weight of a cell without a key point: there are several times as many
STEEPEST = 60.0
PLACE_FACTOR = 10.0  # how many times the cosine of two global descriptors counts


def imitation_loss(descriptors: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Mean of 1 - cosine to the teacher's descriptors, (B, D, h, w) both, by weight (B, h, w)."""
    off = 1.0 - (descriptors * functional.normalize(wanted, dim=1)).sum(1)
    return (off * weight).sum() / weight.sum().clamp(min=1e-6)


def keypoint_loss(logits: Tensor, label: Tensor) -> Tensor:
    """Cross entropy of where in its cell (B, 65, h, w) a key point is (B, h, w), as SuperPoint and XFeat learn it."""
    weight = torch.ones(NO_POINT + 1, device=logits.device)
    weight[NO_POINT] = EMPTY
    return functional.cross_entropy(logits, label, weight)


def at(maps: Tensor, uv: Tensor, side: int) -> Tensor:
    """Maps (B, C, h, w) of square images at pixels (B, M, 2), between cells: (B, C, M)."""
    grid = (2.0 * uv + 1.0) / side - 1.0
    return functional.grid_sample(maps, grid[:, None], align_corners=False, padding_mode="border")[:, :, 0]


def matching_loss(first: Tensor, second: Tensor, known: Tensor, log_factor: Tensor) -> dict[str, Tensor]:
    """Dual softmax over the points of a pair, as XFeat and SiLK learn descriptors.

    Args:
        first, second: (P, D, M) descriptors of the same points in both views, of any length.
        known: (P, M) whether there is one.
        log_factor: logarithm of how many times a cosine counts.

    Returns:
        ``matching``, the mean cross entropy both ways; ``confidence`` (P, M), with which each is matched; and
        ``match_right``, the share of points that are each other's nearest.
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
    """Cross entropy between logits (P, M) in both views and the confidence (P, M) of the match between them."""
    off = sum(functional.binary_cross_entropy_with_logits(x, confidence, reduction="none") for x in (first, second))
    assert isinstance(off, Tensor)
    return 0.5 * (off * known).sum() / known.sum().clamp(min=1)


def place_loss(first: Tensor, second: Tensor) -> Tensor:
    """Cross entropy of which of P second global descriptors (P, G) belongs to which first one, both ways."""
    alike = PLACE_FACTOR * first @ second.T
    own = torch.arange(len(first), device=first.device)
    return 0.5 * (functional.cross_entropy(alike, own) + functional.cross_entropy(alike.T, own))
