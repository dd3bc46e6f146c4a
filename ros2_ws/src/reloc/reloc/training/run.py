"""Read and write the folder of a training run. Its content suffices to continue the run and to repeat it.

run.json        the task, its map, its parameters, the machine and the progress
log.jsonl       losses and scores, one JSON object per line
tensorboard/    the same for TensorBoard
checkpoints/    last.pt, previous.pt, best.pt
workspace/      files that the task stores for itself
pictures/       the task's pictures for the report
report.html     the report
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from reloc.errors import TrainingError
from reloc.files import fix_for, write_atomic
from reloc.locks import open_lock, try_lock
from reloc.parsing import json_file, names
from reloc.parsing.blame import Blame

FORMAT = 1


class _Map(msgspec.Struct):
    """The map that a run learns from."""

    path: str
    hash: str


# Types of the entries that reloc reads; the other entries are for people.
_KINDS: dict[str, Any] = {
    "task": str,
    "config": dict[str, Any],
    "training": dict[str, Any],
    "map": _Map | None,
    "commands": list[list[str]],
    "best": dict[str, Any],
    "pictures": list[dict[str, Any]],
}


class TrainingRun:
    """A run's folder. ``about`` is the content of ``run.json``."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        """Use :meth:`create` or :meth:`open`."""
        self.folder, self.about = folder, about
        self.log = folder / "log.jsonl"
        self.tensorboard = folder / "tensorboard"
        self.checkpoints = folder / "checkpoints"
        self.workspace = folder / "workspace"
        self.pictures = folder / "pictures"
        self.report = folder / "report.html"

    @classmethod
    def create(cls, folder: Path, about: Mapping[str, Any]) -> TrainingRun:
        """Create a new run.

        Raises:
            TrainingError: there is one already, or the folder cannot be written.
        """
        folder = names.resolved(folder, Blame("The folder of a run", TrainingError, "Give another folder"))
        if (folder / "run.json").exists():
            fix = f"Continue it: reloc train --resume {folder}; or give another --out"
            raise TrainingError(f"A training run already exists in {folder}", fix)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            run = cls(folder, {"format": FORMAT, **about})
            run.note()
        except OSError as error:
            raise TrainingError(f"Cannot write {folder}: {error.strerror}", fix_for(error)) from error
        return run

    @classmethod
    def open(cls, folder: Path) -> TrainingRun:
        """Open an existing run.

        Raises:
            TrainingError: there is none, or its ``run.json`` cannot be read.
        """
        folder = names.resolved(folder, Blame("The folder of a run", TrainingError, "Give another folder"))
        file = folder / "run.json"
        if not file.exists():
            raise TrainingError(f"There is no training run in {folder}", "Give the folder of `reloc train --out`")
        blame = Blame(str(file), TrainingError, "Train again with another --out", verdict="cannot be read")
        about = json_file.load(file, dict[str, Any], blame, nan=True)
        for name, kind in _KINDS.items():
            if name in about:
                json_file.convert(about[name], kind, blame.at(name))
        if about.get("format") != FORMAT:
            raise TrainingError(f"{file} is not of format {FORMAT}", "Use the reloc that wrote it")
        return cls(folder, about)

    def told(self, name: str) -> Any:
        """Return the entry ``name`` of ``run.json``.

        Raises:
            TrainingError: it is missing.
        """
        blame = Blame(str(self.folder / "run.json"), TrainingError, "Train again with another --out")
        return json_file.field(self.about, name, blame)

    def note(self, **values: Any) -> None:
        """Add entries to ``about``, and write ``run.json``."""
        self.about.update(values)
        write_atomic(self.folder / "run.json", json.dumps(self.about, indent=2) + "\n")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the run against other processes.

        Raises:
            TrainingError: another process trains here.
            LockError: a link has the lock's name.
        """
        lock = open_lock(self.folder / ".lock")
        try:
            if not try_lock(lock):
                raise TrainingError(
                    f"Another process trains in {self.folder}", "Wait until it has finished, or give another --out"
                )
            yield
        finally:
            os.close(lock)
