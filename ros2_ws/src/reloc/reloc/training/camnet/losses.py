"""CamNet's losses: equations (4), (6), (7) for retrieval, (8) and (9) for poses."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from reloc.networks.camnet import pose_of
from reloc.training.camnet.places import EASY, HARD, MODERATE


def similarity_losses(said: Tensor, distance: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Return the bilateral frustum loss and the angle loss: means over the pairs with known values.

    The norm of a number is its absolute value, so both are L1.

    Args:
        said: (P, 3) predicted d1, d2, alpha.
        distance: (P, 2) true d1, d2; NaN where unknown.
        angle: (P,) as a share of half a turn (5); NaN if the two views show different places.
    """
    known = torch.isfinite(distance).all(dim=1)
    frustum = (said[:, :2] - torch.nan_to_num(distance)).abs().sum(1)
    turned = torch.isfinite(angle)
    off = (said[:, 2] - torch.nan_to_num(angle)).abs()
    return mean_of(frustum, known), mean_of(off, turned)


def triplet_loss(anchor: Tensor, target: Tensor, kind: Tensor, margin: float) -> Tensor:
    """Return equation (7), over the whole batch.

    The farthest easy pair is compared with the nearest moderate one, and the farthest moderate pair with the nearest
    hard one.

    Args:
        anchor, target: (P, D) descriptors.
        kind: (P,) EASY, MODERATE, HARD.
    """
    # The square root's gradient is infinite at 0, the distance of equal images.
    distance = ((anchor - target).square().sum(1) + 1e-8).sqrt()
    loss = distance.new_zeros(())
    for near, far in ((EASY, MODERATE), (MODERATE, HARD)):
        if bool((kind == near).any()) and bool((kind == far).any()):
            loss = loss + functional.relu(distance[kind == near].max() - distance[kind == far].min() + margin)
    return loss


def pose_loss(said: Tensor, translation: Tensor, rotation: Tensor, known: Tensor) -> dict[str, Tensor]:
    """Return the sum of the L1 errors of translation and unit quaternion (8), and median errors.

    The loss is a mean over the ``known`` pairs. Of q and -q, which are the same rotation, the nearer one is compared.
    """
    q = functional.normalize(said[:, 3:], dim=1, eps=1e-6)
    same = torch.where((q.detach() * rotation).sum(1, keepdim=True) < 0, -1.0, 1.0)
    off = (said[:, :3] - translation).abs().sum(1) + (q - same * rotation).abs().sum(1)
    with torch.no_grad():
        metres = (said[:, :3] - translation).norm(dim=1)[known]
        _, turned = pose_of(said)
        chord = torch.minimum((turned - rotation).norm(dim=1), (turned + rotation).norm(dim=1))[known]
        degrees = torch.rad2deg(4.0 * torch.asin((chord / 2.0).clamp(max=1.0)))
    nothing = off.new_zeros(())
    return {
        "loss": mean_of(off, known),
        "m": metres.median() if len(metres) else nothing,
        "deg": degrees.median() if len(degrees) else nothing,
    }


def mean_of(values: Tensor, which: Tensor) -> Tensor:
    """Return the mean of the chosen values (P,); 0 if none is chosen."""
    return (values * which).sum() / which.sum().clamp(min=1)
