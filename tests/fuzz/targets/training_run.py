"""``run.json`` of a training run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.training.run import TrainingRun


class TrainingRunTarget(Target):
    """What ``reloc train --resume`` reads first."""

    name = "training_run"

    def open(self, folder: Path) -> None:
        """Where it stands."""
        self._folder = folder / "run"
        self._folder.mkdir()

    def seeds(self) -> Sequence[bytes]:
        """One."""
        about = {
            "format": 1,
            "task": "posenet",
            "config": {"seed": 1},
            "map": {"path": "a.map", "hash": "0"},
            "state": "begun",
        }
        return [json.dumps(about).encode()]

    def run(self, data: bytes) -> None:
        """Open it and note something."""
        (self._folder / "run.json").write_bytes(data)
        TrainingRun.open(self._folder).note(state="interrupted")


TARGET = TrainingRunTarget()
