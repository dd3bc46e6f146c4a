"""What is logged: one JSON object a line, and the same figures for TensorBoard where that is installed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reloc.errors import TrainingError
from reloc.files import write_atomic
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.numbers import as_whole
from reloc.parsing.text_file import read_text

TRAIN, HELD_OUT_CURVE = "train", "held_out"


class Log:
    """Writes to ``file`` and below ``tensorboard``.

    Args:
        step: steps that are done. What is logged behind it belongs to steps that were lost when a process was killed
            and are done again, so it goes.
    """

    def __init__(self, file: Path, tensorboard: Path, step: int) -> None:
        entries = [entry for entry in read(file) if entry["step"] <= step]
        write_atomic(file, "".join(_line(entry) for entry in entries))
        self._stream = file.open("a", encoding="utf-8")
        self._board = _board(tensorboard, step)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        if self._board is not None:
            self._board.close()

    def add(self, kind: str, step: int, seconds: float, figures: Mapping[str, float]) -> None:
        """Log figures that are known after ``step`` steps and ``seconds`` of training."""
        self._stream.write(_line({"kind": kind, "step": step, "seconds": round(seconds, 3), **figures}))
        self._stream.flush()
        if self._board is not None:
            for name, value in figures.items():
                self._board.add_scalar(f"{kind}/{name}", value, step)
            self._board.flush()

    @property
    def has_tensorboard(self) -> bool:
        """Whether TensorBoard is installed."""
        return self._board is not None


def read(file: Path) -> list[dict[str, Any]]:
    """All entries, without a last line that was cut off.

    Raises:
        TrainingError: the file cannot be read.
    """
    blame = Blame(str(file), TrainingError, "Remove the file: training goes on from the last checkpoint without it")
    if not file.exists():
        return []
    entries = []
    for number, line in enumerate(read_text(file, blame).splitlines(), 1):
        part = blame.at(f"line {number}")
        try:
            entry = json_file.parse(line, dict[str, Any], part, nan=True)
            as_whole(json_file.field(entry, "step", part), part.at("step"))
        except TrainingError:
            break
        entries.append(entry)
    return entries


def _board(folder: Path, step: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    if step == 0:
        shutil.rmtree(folder, ignore_errors=True)
    return SummaryWriter(str(folder), purge_step=step + 1 if step else None)


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry) + "\n"
