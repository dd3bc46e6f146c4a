"""Compute ExReNet's loss of poses: L1 of direction, quaternion and scale (paper, IV.B).

"In contrast to previous approaches, we train our network to predict the inverse relative pose". That is the query's
center in the reference's frame, where a ray starts: ref_from_query in this project's terms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from reloc.errors import TrainingDataError
from reloc.networks.exrenet import RelativeAnswer
from reloc.training.quaternions import rotation_angle

if TYPE_CHECKING:
    from reloc.datatypes import Float32, Float64

AT_ONE_PLACE = 1e-3  # meters: two cameras nearer to each other have no direction


@dataclass(frozen=True, slots=True, eq=False)
class RelativeTruth:
    """The regression targets of B pairs."""

    direction: Float32  # (B, 3) unit; zero if both are at one position
    rotation: Float32  # (B, 4) unit quaternion xyzw with w >= 0
    scale: Float32  # (B,) meters

    @classmethod
    def of(cls, ref_from_query: Float64) -> RelativeTruth:
        """Compute the targets from poses (B, 4, 4).

        Raises:
            TrainingDataError: a pose is not finite.
        """
        from reloc.geometry.rotations import quaternions_from_matrices  # needs SciPy, which the loss does not

        if not np.isfinite(ref_from_query).all():
            raise TrainingDataError("A pair's relative pose is not finite", "Check the poses that it was made from")
        shift = ref_from_query[:, :3, 3]
        scale = np.linalg.norm(shift, axis=1)
        direction = np.where(scale[:, None] > AT_ONE_PLACE, shift / np.maximum(scale, AT_ONE_PLACE)[:, None], 0.0)
        rotation = quaternions_from_matrices(ref_from_query[:, :3, :3])
        return cls(direction.astype(np.float32), rotation.astype(np.float32), scale.astype(np.float32))


def pose_loss(
    answer: RelativeAnswer, direction: Tensor, rotation: Tensor, scale: Tensor, mu: float, beta: float
) -> dict[str, Tensor]:
    """Return the loss |t - t*| + mu |q - q*| + beta |s - |t*||, and median errors.

    q and -q are the same rotation, so the one nearer to the answer is compared. Two cameras at one position have no
    direction, so such pairs have no direction error.

    Args:
        answer: the regressed values, not normalized.
        direction, rotation, scale: the fields of :class:`RelativeTruth`, as tensors.
        mu, beta: weights, both 1 in the paper. That beta suits indoor scenes of some meters.
    """
    said = answer.direction.float(), answer.rotation.float(), answer.scale.float()
    apart = direction.square().sum(1) > 0.5
    off = torch.where(apart[:, None], said[0] - direction, 0.0).abs().sum(1)
    same = torch.where((said[1].detach() * rotation).sum(1, keepdim=True) < 0, -1.0, 1.0)
    turned = (said[1] - same * rotation).abs().sum(1)
    longer = (said[2] - scale).abs()
    with torch.no_grad():
        angle = 2.0 * torch.asin((answer.normalised().direction.float() - direction).norm(dim=1).clamp(max=2.0) / 2)
        direction_deg = torch.rad2deg(angle[apart].median()) if apart.any() else angle.new_zeros(())
        rotation_deg = torch.rad2deg(rotation_angle(said[1], rotation).median())
    return {
        "pose": (off + mu * turned + beta * longer).mean(),
        "direction_deg": direction_deg,
        "rotation_deg": rotation_deg,
        "scale_m": longer.detach().median(),
    }
