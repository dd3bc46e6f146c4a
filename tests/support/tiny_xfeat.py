"""XFeat with random weights, sure of itself: it finds points by chance, and the same ones in like images."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.made_once import made_once

WIDTH, HEIGHT, COUNT = 320, 256, 600


def tiny_xfeat() -> Path:
    """The folder of the model, made once a run. Skips where torch is not installed."""
    pytest.importorskip("torch", reason="torch is not installed: make train-setup")
    return made_once("tiny-xfeat", make)


def write_weights(file: Path, seed: int = 1) -> None:
    """Write weights with the published names. Sharp logits: probabilities exceed the threshold."""
    import torch

    from reloc.networks.xfeat import XFeat

    torch.manual_seed(seed)
    net = XFeat()
    with torch.no_grad():
        net.keypoint_head[3].weight *= 60.0
    torch.save(net.state_dict() | {"fine_matcher.0.weight": torch.zeros(3)}, file)


def make(path: Path) -> None:
    """Write the model into ``path``."""
    from reloc.training.published.importing import ImportConfig, import_published
    from reloc.training.published.xfeat import ImportedXFeat

    weights = path.with_name(f"{path.name}.pt")
    write_weights(weights)
    import_published(ImportedXFeat, weights, path, ImportConfig(WIDTH, HEIGHT, COUNT), lambda text: None)
