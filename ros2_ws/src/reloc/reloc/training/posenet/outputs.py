"""PoseNet as exported: meters in the world, unit quaternions, and samples of dropout from one pass.

Dropout is only before the last layer, so a sample is that layer with some weights left out. All samples together are
one matrix product after one run of the network, instead of one run per sample.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.networks.posenet import PoseNetNetwork
from reloc.training.dropout import dropout_masks

POSENET_OUTPUTS = ("position", "rotation", "position_samples", "rotation_samples", "log_variance", "feature")


class PoseNetOutputs(nn.Module):
    """Return a tuple, in the order of :data:`NAMES`."""

    metres: Tensor

    def __init__(self, posenet: PoseNetNetwork, samples: int, seed: int) -> None:
        super().__init__()
        self.posenet, self.samples = posenet, samples
        extent, centre = posenet.extent, posenet.centre
        masks = torch.from_numpy(dropout_masks(samples, posenet.feature.out_features, posenet.dropout.p, seed))
        head = posenet.regressor
        # Scale and center of the scene become part of the weights, so no arithmetic rounds between them.
        self.position = _linear(extent * head.position.weight, extent * head.position.bias + centre)
        self.rotation = _linear(head.rotation.weight, head.rotation.bias)
        self.position_samples = _masked(self.position, masks)
        self.rotation_samples = _masked(self.rotation, masks)
        # The network's variance is in units of the scene.
        self.register_buffer("metres", torch.stack([2.0 * torch.log(extent), torch.zeros_like(extent)]))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Map (B, side, side, 3) uint8 to (B, 3), (B, 4), (B, S, 3), (B, S, 4), (B, 2), (B, F)."""
        _, _, feature = self.posenet.localization_feature(image)
        return (
            self.position(feature),
            functional.normalize(self.rotation(feature), dim=-1, eps=1e-6),
            self.position_samples(feature).view(-1, self.samples, 3),
            functional.normalize(self.rotation_samples(feature).view(-1, self.samples, 4), dim=-1, eps=1e-6),
            self.posenet.log_variance(feature).clamp(-14.0, 4.0) + self.metres,
            feature,
        )


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = weight.detach().clone(), bias.detach().clone()
    return layer.requires_grad_(False)


def _masked(layer: nn.Linear, masks: Tensor) -> nn.Linear:
    weight = (layer.weight[None] * masks[:, None]).flatten(0, 1)  # (S * outputs, F)
    return _linear(weight, layer.bias.repeat(len(masks)))
