"""CamNet as exported: an encoder and two regressors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from reloc.models.tensor import TensorSpec
from reloc.networks.camnet import CamNetNetwork, pose_of
from reloc.networks.camnet_config import POSE_NUMBERS

FEATURES = ("descriptor", "coarse", "fine")


class CamNetEncoderOutputs(nn.Module):
    """Compute descriptor, coarse and fine feature, as a tuple.

    Args:
        retrieves: whether the descriptor was trained. Otherwise it is the coarse feature at unit length, as in the
        paper's basic variant Br, whose retrieval shares the features of the poses.
    """

    def __init__(self, network: CamNetNetwork, retrieves: bool = True) -> None:
        super().__init__()
        self.network, self.retrieves = network, retrieves

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map (B, side, side, 3) uint8 RGB to (B, D) unit, (B, F), (B, F)."""
        descriptor, coarse, fine = self.network(image)
        if not self.retrieves:
            descriptor = functional.normalize(coarse, dim=1, eps=1e-6)
        return descriptor, coarse, fine


class RegressorOutputs(nn.Module):
    """Compute the pose as one array in a tuple: translation, and a quaternion of unit length."""

    def __init__(self, regressor: nn.Module) -> None:
        super().__init__()
        self.regressor = regressor

    def forward(self, reference: Tensor, query: Tensor) -> tuple[Tensor]:
        """Map two features (B, F) to a pose (B, 7)."""
        return (torch.cat(pose_of(self.regressor(reference, query)), dim=1),)


def encoder_inputs(network: CamNetNetwork) -> list[TensorSpec]:
    """Return the inputs of the encoder's graph."""
    side = network.config.side
    return [TensorSpec("image", "uint8", (None, side, side, 3))]


def encoder_outputs(network: CamNetNetwork, retrieves: bool) -> list[TensorSpec]:
    """Return the outputs of the graph."""
    coarse, fine = network.pfr.features, network.prp.features
    lengths = (network.icr.features if retrieves else coarse, coarse, fine)
    return [TensorSpec(name, "float32", (None, length)) for name, length in zip(FEATURES, lengths, strict=True)]


def regressor_inputs(branch: nn.Module) -> list[TensorSpec]:
    """Return the inputs of a regressor's graph: the features of its branch."""
    return [TensorSpec(name, "float32", (None, branch.features)) for name in ("reference", "query")]


def regressor_outputs() -> list[TensorSpec]:
    """Return the outputs of the graph."""
    return [TensorSpec("pose", "float32", (None, POSE_NUMBERS))]
