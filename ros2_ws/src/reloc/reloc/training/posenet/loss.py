"""PoseNet's loss.

``beta``: |x - x'| + beta |q' - q / |q|| (Kendall et al. 2015, equation 2). beta must be found for each scene.
``learned``: Kendall and Cipolla (CVPR 2017, equation 7) learn both weights as logarithms of variances,
|x - x'| exp(-s_x) + s_x + |q - q'| exp(-s_q) + s_q, with the L1 norm, which limits the influence of outliers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from reloc.networks.posenet import PoseNetNetwork, Regressed
from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.quaternions import quaternion_error, rotation_angle


class PoseNetLearner(nn.Module):
    """The network while it learns, with the weights of its loss."""

    def __init__(self, posenet: PoseNetNetwork) -> None:
        super().__init__()
        self.posenet = posenet
        # Both weights begin at 0. Kendall and Cipolla begin with s_q = -3, for meters. Here positions are in units of
        # the scene. With rotation weighted 20 times, a network in a house learned nothing but rotation.
        self.log_weights = nn.Parameter(torch.zeros(2))

    def forward(self, image: Tensor) -> tuple[list[Regressed], Tensor, Tensor, Tensor]:
        """Return PoseNet's outputs and the weights of the loss.

        The weights pass through ``forward`` because training with several processes requires it for every parameter.
        """
        return (*self.posenet(image), self.log_weights)


def pose_loss(
    config: PoseNetTaskConfig,
    outputs: tuple[list[Regressed], Tensor, Tensor, Tensor],
    position: Tensor,
    rotation: Tensor,
    extent: Tensor,
) -> dict[str, Tensor]:
    """Return the loss and errors by name.

    Args:
        config: chooses the loss and its weights.
        outputs: of :class:`PoseNetLearner`.
        position: (B, 3) true positions, in units of the scene.
        rotation: (B, 4) true unit quaternions xyzw.
        extent: () meters per unit of the scene.
    """
    regressed, log_variance, _, log_weights = outputs
    total = position.new_zeros(())
    for i, pose in enumerate(regressed):
        off, turned = pose.position.float() - position, quaternion_error(pose.rotation.float(), rotation)
        if config.loss == "learned":
            metres, radians = off.abs().sum(1).mean(), turned.abs().sum(1).mean()
            one = metres * torch.exp(-log_weights[0]) + log_weights[0]
            one = one + radians * torch.exp(-log_weights[1]) + log_weights[1]
        else:
            one = extent * off.norm(dim=1).mean() + config.beta * turned.norm(dim=1).mean()
        total = total + (one if i == 0 else config.auxiliary * one)
    main = regressed[0]
    off = (main.position.float() - position).detach()
    angle = rotation_angle(main.rotation.float(), rotation).detach()
    variance = variance_loss(log_variance.float(), off, angle)
    return {
        "loss": total + variance,
        "metres": (off.norm(dim=1) * extent).median(),
        "degrees": torch.rad2deg(angle.median()),
        "variance": variance.detach(),
    }


def variance_loss(log_variance: Tensor, off: Tensor, angle: Tensor) -> Tensor:
    """Return the negative log likelihood of errors, under normal distributions with the regressed variances per axis.

    This loss changes only the variance, not the pose, so that a few large errors do not spoil the network. Errors on
    training images are too small, so scales from held-out references correct the variance afterwards.
    """
    log_variance = log_variance.clamp(-14.0, 4.0)
    squares = torch.stack([off.square().sum(1), angle.square()], 1)  # sums over three axes
    return 0.5 * (squares * torch.exp(-log_variance) + 3.0 * log_variance).sum(1).mean() * 0.1
