"""Supervised depth: L1 at all scales (paper, 4.1), and how far off it is."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from reloc.training.pnlp.cells import EDGE, cell_depth


def depth_loss(depths: Sequence[Tensor], truth: Tensor) -> dict[str, Tensor]:
    """The mean over the scales of the mean error in meters where depth is known.

    Args:
        depths: (B, h, w) of each scale, the finest first, see :class:`reloc.networks.pnlp.PnLPAnswer`.
        truth: (B, H, W) meters, 0 where unknown.

    Returns:
        ``depth``, and ``depth_off``: the median error of the finest as a share of the depth.
    """
    errors = []
    for said in depths:
        # A coarse cell of a slanted floor is as various as an edge: there the mean is what is wanted.
        edge = EDGE if said is depths[0] else torch.inf
        wanted = cell_depth(truth, truth.shape[-1] // said.shape[-1], edge)
        known = wanted > 0
        errors.append(((said - wanted).abs() * known).sum() / known.sum().clamp(min=1))
    return {"depth": torch.stack(errors).mean(), "depth_off": off(depths[0], truth)}


def off(said: Tensor, truth: Tensor) -> Tensor:
    """Median relative error of depth (B, h, w); 0 where nothing is known. Nothing is learned of it."""
    said = said.detach()
    wanted = cell_depth(truth, truth.shape[-1] // said.shape[-1])
    known = wanted > 0
    return ((said - wanted).abs() / wanted.clamp(min=1e-6))[known].median() if known.any() else said.new_zeros(())


def spread_loss(spread: Tensor, said: Tensor, wanted: Tensor) -> Tensor:
    """Negative log likelihood of the depth's relative errors under a Laplace distribution of that spread.

    Args:
        spread: (B, h, w) as a share.
        said: (B, h, w) meters, of which nothing is learned here.
        wanted: (B, h, w) meters to compare with, 0 where unknown.
    """
    known = wanted > 0
    error = (said.detach() - wanted).abs() / wanted.clamp(min=1e-6)
    return ((error / spread + spread.log()) * known).sum() / known.sum().clamp(min=1)
