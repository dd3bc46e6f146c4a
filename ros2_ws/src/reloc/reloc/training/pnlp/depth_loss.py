"""Supervised depth: L1 at all scales (paper, 4.1), and the depth's error."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from reloc.training.pnlp.cells import EDGE, cell_depth


def depth_loss(depths: Sequence[Tensor], truth: Tensor) -> dict[str, Tensor]:
    """Return the mean absolute error in meters where depth is known, averaged over the scales.

    Args:
        depths: (B, h, w) for each scale, the finest first, see :class:`reloc.networks.pnlp.PnLPAnswer`.
        truth: (B, H, W) meters, 0 where unknown.

    Returns:
        ``depth``, and ``depth_off``: the finest scale's median relative error.
    """
    errors = []
    for said in depths:
        # Depths in a coarse cell of a slanted floor vary as much as at an edge, so coarse scales use the mean there.
        edge = EDGE if said is depths[0] else torch.inf
        wanted = cell_depth(truth, truth.shape[-1] // said.shape[-1], edge)
        known = wanted > 0
        errors.append(((said - wanted).abs() * known).sum() / known.sum().clamp(min=1))
    return {"depth": torch.stack(errors).mean(), "depth_off": off(depths[0], truth)}


def off(said: Tensor, truth: Tensor) -> Tensor:
    """Return the median relative error of depth (B, h, w), without gradient; 0 if no depth is known."""
    said = said.detach()
    wanted = cell_depth(truth, truth.shape[-1] // said.shape[-1])
    known = wanted > 0
    return ((said - wanted).abs() / wanted.clamp(min=1e-6))[known].median() if known.any() else said.new_zeros(())


def spread_loss(spread: Tensor, said: Tensor, wanted: Tensor) -> Tensor:
    """Return the negative log likelihood of the depth's relative errors, under a Laplace distribution with ``spread``.

    Args:
        spread: (B, h, w) mean absolute error as a share of the depth.
        said: (B, h, w) predicted depth, meters. It gets no gradient.
        wanted: (B, h, w) true depth, meters; 0 where unknown.
    """
    known = wanted > 0
    error = (said.detach() - wanted).abs() / wanted.clamp(min=1e-6)
    return ((error / spread + spread.log()) * known).sum() / known.sum().clamp(min=1)
