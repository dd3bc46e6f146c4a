"""A network of local features with random weights: it finds corners by chance, and the same ones in like images."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.made_once import made_once

WIDTH, HEIGHT, COUNT, LENGTH = 320, 256, 600, 32


def tiny_points() -> Path:
    """The folder of the model, made once a run. Skips where torch is not installed."""
    pytest.importorskip("torch", reason="torch is not installed: make train-setup")
    return made_once("tiny-points", make)


def make(path: Path, seed: int = 1) -> None:
    """Write the model into ``path``."""
    import torch

    from reloc.models.writing import write_model
    from reloc.networks.points import PointsNet
    from reloc.networks.points_config import PointsNetConfig
    from reloc.training.feature_outputs import feature_outputs, image_input
    from reloc.training.onnx_export import to_onnx
    from reloc.training.points.outputs import PointsOutputs

    torch.manual_seed(seed)
    net = PointsNet(PointsNetConfig(width=0.25, descriptor=LENGTH)).eval()
    inputs, outputs = image_input(WIDTH, HEIGHT), feature_outputs(COUNT, LENGTH, net.config.place)
    write_model(
        path, name=path.name, kind="points",
        onnx_files={"float32": to_onnx(PointsOutputs(net, COUNT), inputs, outputs)}, inputs=inputs, outputs=outputs,
        camera=None, world=None, metadata={}, card_markdown="",
    )  # fmt: skip
