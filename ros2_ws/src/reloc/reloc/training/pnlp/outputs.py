"""The network as exported: one graph for descriptor, features, depth and spread of an image."""

from __future__ import annotations

from torch import Tensor, nn

from reloc.models.tensor import TensorSpec
from reloc.networks.netvlad import NetVlad
from reloc.networks.pnlp import PnLPNet
from reloc.networks.pnlp_config import PnLPNetConfig

ANSWERS = ("descriptor", "local", "depth", "spread")


class PnLPOutputs(nn.Module):
    """Return a tuple, in the order of :data:`ANSWERS`."""

    def __init__(self, net: PnLPNet, netvlad: NetVlad) -> None:
        super().__init__()
        self.net, self.netvlad = net, netvlad

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Map (B, side, side, 3) uint8 RGB to (B, D), (B, C, h, w), (B, h, w) meters and (B, h, w) as a share."""
        answer = self.net(image)
        return self.netvlad(answer.latent), answer.local, answer.depths[0], answer.spread


def image_input(config: PnLPNetConfig) -> list[TensorSpec]:
    """Return the inputs of the graph."""
    return [TensorSpec("image", "uint8", (None, config.side, config.side, 3))]


def specs(config: PnLPNetConfig, descriptor: int) -> list[TensorSpec]:
    """Return the outputs of the graph, with ``descriptor`` numbers in the descriptor."""
    places = (config.places, config.places)
    shapes = ((descriptor,), (config.local, *places), places, places)
    return [TensorSpec(name, "float32", (None, *shape)) for name, shape in zip(ANSWERS, shapes, strict=True)]
