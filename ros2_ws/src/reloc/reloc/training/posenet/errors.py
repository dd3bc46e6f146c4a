"""Compute the network's errors on images of known pose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from reloc.datatypes import Float64, freeze
from reloc.geometry.rotations import angles_between_quaternions, quaternions_from_matrices
from reloc.training.novel_views import ReferenceView

CHUNK = 32  # images at a time


@dataclass(frozen=True, slots=True, eq=False)
class PoseErrors:
    """Errors on N images."""

    position: Float64  # (N, 3) regressed, meters
    truth: Float64  # (N, 3) true positions, meters
    metres: Float64  # (N,) position errors
    degrees: Float64  # (N,) rotation errors

    def __post_init__(self) -> None:
        freeze(self.position, self.truth, self.metres, self.degrees)


def pose_errors(network: Any, views: Sequence[ReferenceView]) -> PoseErrors:
    """Return the errors of a learner (:class:`reloc.training.posenet.loss.PoseNetLearner`) in eval mode."""
    posenet: nn.Module = network.posenet
    device = next(posenet.parameters()).device
    places, quaternions = [], []
    with torch.no_grad():
        for begin in range(0, len(views), CHUNK):
            image = torch.from_numpy(np.stack([view.image for view in views[begin : begin + CHUNK]])).to(device)
            pose = posenet(image)[0][0]
            places.append((posenet.centre + posenet.extent * pose.position).double().cpu().numpy())
            quaternions.append(pose.rotation.double().cpu().numpy())
    position, quaternion = np.concatenate(places), np.concatenate(quaternions)
    truth = np.stack([view.world_from_cam for view in views])
    length = np.linalg.norm(quaternion, axis=1)
    if not (np.isfinite(position).all() and np.isfinite(length).all() and (length > 0).all()):
        nothing = np.full(len(views), np.nan)
        return PoseErrors(position, truth[:, :3, 3], nothing, nothing.copy())
    turned = angles_between_quaternions(quaternion, quaternions_from_matrices(truth[:, :3, :3]))
    metres = np.linalg.norm(position - truth[:, :3, 3], axis=1)
    return PoseErrors(position, truth[:, :3, 3], metres, np.rad2deg(turned))
