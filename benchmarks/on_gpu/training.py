"""Images a second while `points` and ExReNet learn at full width: forward, all losses, backward, optimizer.

Batches are made once and lie on the device, so that the device is measured and not what makes pictures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn

from reloc.networks.exrenet import ExReNetNetwork
from reloc.networks.exrenet_config import EXRENET_VARIANTS
from reloc.networks.points import PointsNet
from reloc.networks.points_config import POINTS_CELL, PointsNetConfig
from reloc.training.exrenet import learner as exrenet
from reloc.training.points import learner as points

Losses = Callable[[nn.Module, dict[str, Any]], dict[str, torch.Tensor]]


@dataclass(frozen=True)
class Lesson:
    """A network, its losses and a batch."""

    name: str
    network: nn.Module
    losses: Losses
    batch: dict[str, Any]
    images: int  # of a batch


def lessons(tiny: bool = False) -> Iterator[Lesson]:
    """The tasks, with the sizes that they are trained with by default, on noise."""
    yield _points(2, 64, 32, 0.25) if tiny else _points(8, 320, 256, 1.0)
    full = EXRENET_VARIANTS["full"]
    yield _exrenet(replace(full, side=32, width=0.25, fine=16), 4, 4) if tiny else _exrenet(full, 48, 48)


def images_a_second(lesson: Lesson, device: torch.device, seconds: float, half: bool) -> float:
    """Train for about that long, after some steps that do not count."""
    network = lesson.network.to(device).train()
    batch = {name: value.to(device) for name, value in lesson.batch.items()}
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss = lesson.losses(network, batch)["loss"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    for _ in range(2):
        step()
    _wait(device)
    began, steps = time.perf_counter(), 0
    while steps < 2 or time.perf_counter() - began < seconds:
        step()
        _wait(device)
        steps += 1
    return steps * lesson.images / (time.perf_counter() - began)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _points(pairs: int, side: int, count: int, width: float) -> Lesson:
    torch.manual_seed(0)
    config = SimpleNamespace(side=side, imitation=1.0, matching=1.0)  # what the losses read of a task's parameters
    net = PointsNet(PointsNetConfig(width=width))
    cells = (2 * pairs, side // POINTS_CELL, side // POINTS_CELL)
    batch = {
        "image": torch.randint(0, 256, (2 * pairs, side, side), dtype=torch.uint8),
        "wanted": torch.randn(cells[0], net.config.descriptor, *cells[1:]).half(),
        "weight": torch.rand(cells),
        "matches": torch.rand(pairs, count, 4) * (side - 1),
        "known": torch.rand(pairs, count) < 0.8,
    }
    learner = points.PointsLearner(net)
    return Lesson("points", learner, lambda network, some: points.losses(config, network, some), batch, 2 * pairs)


def _exrenet(network: Any, images: int, pairs: int) -> Lesson:
    torch.manual_seed(0)
    config = SimpleNamespace(network=network, mu=1.0, beta=1.0, matching=1.0, margin=False)
    side = network.side
    first = torch.arange(pairs) % images
    poses = torch.eye(4).repeat(images, 1, 1)
    poses[:, :3, 3] = 0.2 * torch.randn(images, 3)
    batch = {
        "image": torch.randint(0, 256, (images, side, side, 3), dtype=torch.uint8),
        "depth": 1.0 + 3.0 * torch.rand(images, side, side),
        "world_from_cam": poses,
        "intrinsics": torch.tensor([0.8 * side, 0.8 * side, (side - 1) / 2, (side - 1) / 2]),
        "reference": first,
        "query": (first + 1) % images,
        "direction": nn.functional.normalize(torch.randn(pairs, 3), dim=1),
        "rotation": torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(pairs, 1),
        "scale": torch.rand(pairs),
    }
    learner = exrenet.ExReNetLearner(ExReNetNetwork(network))
    return Lesson("exrenet full", learner, lambda net, some: exrenet.losses(config, net, some), batch, images)
