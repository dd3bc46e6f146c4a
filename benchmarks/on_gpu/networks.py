"""Every network that reloc has, with random weights, and an input of the size that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from reloc.networks.camnet import CamNetNetwork
from reloc.networks.camnet_config import CAMNET_VARIANTS
from reloc.networks.exrenet import ExReNetNetwork
from reloc.networks.exrenet_config import EXRENET_VARIANTS
from reloc.networks.pnlp import PnLPNet
from reloc.networks.pnlp_config import PNLP_VARIANTS
from reloc.networks.points import PointsNet
from reloc.networks.points_config import PointsNetConfig
from reloc.networks.posenet import PoseNetNetwork
from reloc.networks.xfeat import XFeat
from reloc.networks.xfeat_sparse import XFeatSparse
from reloc.training.points.outputs import PointsOutputs


@dataclass(frozen=True)
class Candidate:
    """A network to measure. The parts whose answers are chosen by rank are left out where answers are compared."""

    name: str
    make: Callable[[], nn.Module]
    compared: Callable[[nn.Module], nn.Module]
    shapes: tuple[tuple[int, ...], ...]  # of its inputs, uint8

    def inputs(self, seed: int = 0) -> list[Tensor]:
        """Noise, on the CPU."""
        random = torch.Generator().manual_seed(seed)
        return [torch.randint(0, 256, shape, generator=random, dtype=torch.uint8) for shape in self.shapes]

    def network(self, seed: int = 0) -> nn.Module:
        """On the CPU, the same weights each time."""
        torch.manual_seed(seed)
        return self.make().eval().requires_grad_(False)


def candidates(tiny: bool = False) -> Iterator[Candidate]:
    """Those of the sizes that robots run; ``tiny``: the same kinds, small, to see that this program runs."""
    width, height, count = (64, 64, 50) if tiny else (640, 480, 2048)
    scale, side = (0.25, 64) if tiny else (1.0, 0)
    gray = (1, height, width)
    yield Candidate(
        "points", lambda: PointsOutputs(PointsNet(PointsNetConfig(width=scale)), count), lambda net: net.net, (gray,)
    )
    yield Candidate("xfeat", lambda: XFeatSparse(XFeat(), width, height, count), lambda net: net.net, (gray,))
    colors = (1, side or 224, side or 224, 3)
    yield Candidate("posenet", lambda: PoseNetNetwork(scale, side=side or 224), _whole, (colors,))
    for name, config in EXRENET_VARIANTS.items():
        small = replace(config, side=side, width=0.25, fine=config.fine and 16) if tiny else config
        pair = (1, small.side, small.side, 3)
        yield Candidate(f"exrenet {name}, a pair", lambda c=small: ExReNetNetwork(c), _encoded, (pair, pair))
    for name, config in PNLP_VARIANTS.items():
        small = replace(config, side=side, width=0.25) if tiny else config
        yield Candidate(f"pnlp {name}", lambda c=small: PnLPNet(c), _whole, ((1, small.side, small.side, 3),))
    for name, config in CAMNET_VARIANTS.items():
        small = replace(config, side=side, width=0.25) if tiny else config
        colors = (1, small.side, small.side, 3)
        yield Candidate(f"camnet {name}, encoder", lambda c=small: CamNetNetwork(c), _whole, (colors,))


def tensors(answer: Any) -> list[Tensor]:
    """All tensors of an answer, however it is made up."""
    if isinstance(answer, Tensor):
        return [answer]
    if is_dataclass(answer):
        return [t for value in vars(answer).values() for t in tensors(value)]
    if isinstance(answer, (tuple, list)):
        return [t for value in answer for t in tensors(value)]
    return []


def _whole(net: nn.Module) -> nn.Module:
    return net


class _Encoded(nn.Module):
    """Features alone: which cells match best is decided by rank, so that small differences make other matches."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, first: Tensor, second: Tensor) -> Any:
        return self.net.encoder(torch.cat([first, second]))


def _encoded(net: nn.Module) -> nn.Module:
    return _Encoded(net)
