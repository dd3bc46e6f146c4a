"""Algorithm 1: choose the reference that the fine pose is learned from.

The view of its pool nearest to the anchor's coarse pose, by zeta, becomes its fine reference. The algorithm lists
parameters lambda = 0.5, alpha = 0.04, epsilon = 0.02 and never uses them. Here, with probability 1 - lambda, the true
pose, moved by alpha (meters) and epsilon (of half a turn), replaces the estimate. So fine pairs are near even while
coarse poses are still wrong.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from reloc.networks.camnet import pose_of


def fine_references(
    said: Tensor, anchor: Tensor, target: Tensor, poses: Tensor, group: Tensor, moved: Tensor, by_truth: Tensor
) -> tuple[Tensor, Tensor]:
    """Return for each pair the number of the anchor's fine reference, (P,), and whether there is one, (P,).

    Args:
        said: (P, 7) coarse target_from_anchor.
        anchor, target: (P,) numbers of images.
        poses: (N, 4, 4) world_from_cam of the images.
        group: (N,) number of the place of each image.
        moved: (P, 4, 4) the anchor's true pose with noise.
        by_truth: (P,) whether ``moved`` replaces the estimate.
    """
    translation, quaternion = pose_of(said)
    estimate = poses[target] @ homogeneous(translation, quaternion)
    elsewhere = group[anchor] != group[target]  # the estimate is then not a pose in the anchor's place
    estimate = torch.where((by_truth | elsewhere)[:, None, None], moved, estimate)
    metres = torch.cdist(estimate[:, :3, 3], poses[:, :3, 3])
    trace = torch.einsum("pij,nij->pn", estimate[:, :3, :3], poses[:, :3, :3])
    zeta = metres + torch.acos(((trace - 1.0) / 2.0).clamp(-1.0, 1.0)) / math.pi
    numbers = torch.arange(len(poses), device=poses.device)
    allowed = (group[anchor][:, None] == group[None]) & (anchor[:, None] != numbers[None])
    zeta = torch.where(allowed & torch.isfinite(zeta), zeta, torch.inf)
    least, nearest = zeta.min(dim=1)
    return nearest, torch.isfinite(least)


def homogeneous(translation: Tensor, quaternion: Tensor) -> Tensor:
    """Return transforms (P, 4, 4) with translations (P, 3) and unit quaternions xyzw (P, 4)."""
    x, y, z, w = quaternion.unbind(1)
    matrix = torch.zeros(len(quaternion), 4, 4, device=quaternion.device, dtype=quaternion.dtype)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            matrix[:, i, j] = value
    matrix[:, :3, 3] = translation
    matrix[:, 3, 3] = 1.0
    return matrix


def relative(poses: Tensor, reference: Tensor, query: Tensor) -> tuple[Tensor, Tensor]:
    """Return ref_from_query for P pairs of images: translation (P, 3), unit quaternion xyzw (P, 4) with w >= 0."""
    turn = poses[reference, :3, :3].transpose(1, 2)
    translation = (turn @ (poses[query, :3, 3] - poses[reference, :3, 3])[:, :, None])[:, :, 0]
    return translation, quaternions(turn @ poses[query, :3, :3])


def quaternions(rotations: Tensor) -> Tensor:
    """Return unit quaternions xyzw (P, 4), w >= 0, of rotations (P, 3, 3). Works for any angle."""
    m = rotations
    a, b, c = m[:, 0, 0], m[:, 1, 1], m[:, 2, 2]
    four = torch.stack([1 + a - b - c, 1 - a + b - c, 1 - a - b + c, 1 + a + b + c], 1)  # 4 x^2, 4 y^2, 4 z^2, 4 w^2
    xy, xz, yz = m[:, 0, 1] + m[:, 1, 0], m[:, 0, 2] + m[:, 2, 0], m[:, 1, 2] + m[:, 2, 1]
    wx, wy, wz = m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]
    rows = torch.stack(
        [
            torch.stack([four[:, 0], xy, xz, wx], 1), torch.stack([xy, four[:, 1], yz, wy], 1),
            torch.stack([xz, yz, four[:, 2], wz], 1), torch.stack([wx, wy, wz, four[:, 3]], 1),
        ],
        1,
    )  # fmt: skip
    best = rows[torch.arange(len(m), device=m.device), four.argmax(1)]
    q = best / best.norm(dim=1, keepdim=True)
    return torch.where(q[:, 3:] < 0, -q, q)
