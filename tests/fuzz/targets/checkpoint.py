"""Torch files: a run's checkpoints, as ``train --resume`` and ``export`` read them, and weights published by others."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from fuzz.mutation import raw
from fuzz.mutation.choose import mutated
from fuzz.target import Target
from reloc.errors import CheckpointError, TrainingDataError


class CheckpointTarget(Target):
    """A network of eight numbers. Archives are packed again after a mutation, so that their checksums fit."""

    name, needs, cost = "checkpoint", "torch", 4

    def open(self, folder: Path) -> None:
        """Train nothing: a checkpoint of the first step."""
        import torch

        from reloc.training.early_stopping import EarlyStopping
        from reloc.training.same_task import SameParameters

        torch.set_num_threads(1)
        self._file = folder / "last.pt"
        self._network = torch.nn.Linear(3, 2)
        self._optimizer = torch.optim.AdamW(self._network.parameters())
        self._stopping, self._task = EarlyStopping(3), SameParameters()
        self._task.config = _config()

    def seeds(self) -> Sequence[bytes]:
        """A checkpoint with an average, the best one, and plain weights in the forms of today and of before 2020."""
        import torch

        from reloc.training import checkpoint

        weights = self._network.state_dict()
        about = {"task": "small", "task_state": self._task.state(), "step": 3, "seconds": 1.5}
        state = {"optimizer": self._optimizer.state_dict(), "stopping": self._stopping.state()}
        found = []
        for content in (
            {**about, **state, "network": weights, "average": weights},
            {**about, "network": weights, "scores": {"score": 0.5}},
        ):
            checkpoint.save(self._file, content)
            found.append(b"checkpoint\n" + self._file.read_bytes())
        for new in (True, False):
            stream = io.BytesIO()
            torch.save(dict(weights), stream, _use_new_zipfile_serialization=new)
            found.append(b"weights\n" + stream.getvalue())
        return found

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Mostly one part of the archive, mostly the pickle, which says what the other parts are."""
        kind, _, content = data.partition(b"\n")
        if random.random() < 0.8 and zipfile.is_zipfile(io.BytesIO(content)):
            with contextlib.suppress(Exception):
                return kind + b"\n" + _packed_again(content, random)
        return kind + b"\n" + mutated(content, [], random)

    def run(self, data: bytes) -> None:
        """Read it, and take what it says."""
        from reloc.parsing.blame import Blame
        from reloc.training import checkpoint, torch_file

        kind, _, content = data.partition(b"\n")
        self._file.write_bytes(content)
        if kind != b"checkpoint":
            blame = Blame("weights", TrainingDataError, "Give others")
            self._fit(torch_file.weights(torch_file.read(self._file, blame), blame, self._network.state_dict()))
            return
        found = checkpoint.load(self._file)
        _ = found["task"], found["step"] + 1, found["seconds"]
        self._task.load_state(found["task_state"])
        self._fit(found.get("average") or found["network"])
        if "stopping" in found:
            self._stopping.load(found["stopping"])

    def _fit(self, weights: dict[str, Any]) -> None:
        """As :func:`reloc.training.start.trained` does."""
        try:
            self._network.load_state_dict(weights)
        except (RuntimeError, TypeError, ValueError) as error:
            raise CheckpointError("It does not fit", "Train again") from error


def _config() -> Any:
    from reloc.training.config import TrainConfig

    return TrainConfig()


def _packed_again(content: bytes, random: Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        parts = {part.filename: source.read(part) for part in source.infolist()}
        heads = [name for name in parts if name.endswith("data.pkl")]
        chosen = random.choice(heads if random.random() < 0.75 else list(parts))
        parts[chosen] = raw.mutate(parts[chosen], [], random)
        for name, part in parts.items():
            packed.writestr(name, part)
    return out.getvalue()


TARGET = CheckpointTarget()
