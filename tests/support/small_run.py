"""Train the small task in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from reloc.config import to_mapping
from reloc.training import checkpoint
from reloc.training.config import TrainConfig
from reloc.training.listener import Listener
from reloc.training.run import TrainingRun
from reloc.training.seeds import generator
from reloc.training.trainer import Trainer
from support.small_task import Config, SmallTask, draw

EXACT = TrainConfig(device="cpu", arithmetic="float32", threads=1, log_steps=5, validate_steps=20)


class Said(Listener):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.steps: list[int] = []

    def step(self, done: int, total: int, figures: Any) -> None:
        self.steps.append(done)

    def say(self, text: str) -> None:
        self.lines.append(text)


def small_task(config: Config) -> SmallTask:
    """The task with what it holds out, without a map."""
    images, centres = draw(generator(config.seed, 1), 32)
    return SmallTask(config, {"image": torch.from_numpy(images), "centre": torch.from_numpy(centres)})


def trainer(folder: Path, config: Config | None = None, train: TrainConfig = EXACT) -> Trainer:
    """A trainer in a new run's folder, or in the one that is there."""
    config = config or Config()
    torch.set_num_threads(train.threads)  # `reloc train` does; sums of another number of threads differ in the last bit
    about = {
        "task": "support.small_task", "config": to_mapping(config), "training": to_mapping(train),
        "map": {"path": "no.map", "name": "no.map", "hash": "0"}, "commands": [["reloc", "train", "a b"]],
        "begun": "2026-01-01T00:00:00+00:00", "state": "begun",
    }  # fmt: skip
    run = TrainingRun.open(folder) if (folder / "run.json").exists() else TrainingRun.create(folder, about)
    return Trainer(small_task(config), run, train, listener=Said())


def weights(folder: Path, name: str = checkpoint.LAST) -> dict[str, np.ndarray]:
    """The network's weights in a checkpoint of a run."""
    network = checkpoint.load(folder / "checkpoints" / name)["network"]
    return {key: value.numpy() for key, value in network.items()}


def assert_equal(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    """Bit by bit."""
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], name)
