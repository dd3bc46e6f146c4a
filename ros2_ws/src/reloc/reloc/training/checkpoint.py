"""Write checkpoints completely or not at all; keep the last two and the best.

``last.pt`` is where training continues, ``previous.pt`` the one before it, ``best.pt`` the weights with the best score.
They are torch files of tensors and plain values; ``torch.load(..., weights_only=True)`` opens them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch

from reloc.errors import CheckpointError
from reloc.parsing.blame import Blame, shown
from reloc.training import torch_file

FORMAT = 1
LAST, PREVIOUS, BEST = "last.pt", "previous.pt", "best.pt"
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "task": str, "step": int, "seconds": (int, float), "task_state": dict, "optimizer": dict, "stopping": dict,
}  # fmt: skip


def save(file: Path, content: Mapping[str, Any], keep: Path | None = None) -> None:
    """Write a checkpoint so that a crash leaves no half of it; the existing one becomes ``keep``."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with draft.open("wb") as stream:
            noting = _Noting(stream)
            try:
                torch.save({"format": FORMAT, **content}, noting)
            except RuntimeError:
                if noting.error is None:
                    raise
                raise noting.error from None
            stream.flush()
            os.fsync(stream.fileno())
        if keep is not None and file.exists():
            file.replace(keep)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


class _Noting:
    """A stream that keeps the system's error, such as a full disk, which torch turns into a RuntimeError."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            return self._stream.write(content)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        self._stream.flush()


class Checkpoint(dict[str, Any]):
    """The content of a checkpoint; a field that it lacks is a :class:`CheckpointError`."""

    def __init__(self, content: Mapping[str, Any], file: Path) -> None:
        super().__init__(content)
        self._file = file

    def __missing__(self, name: str) -> Any:
        raise CheckpointError(f"The checkpoint {self._file} lacks {name!r}", _FIX)


def load(file: Path) -> Checkpoint:
    """Read a checkpoint, onto the CPU.

    Raises:
        CheckpointError: it is missing, cut off, damaged, of another version, or a field is of another type.
    """
    if not file.exists():
        raise CheckpointError(f"There is no checkpoint {file}", "Give the folder of `reloc train --out`")
    blame = Blame(f"The checkpoint {file}", CheckpointError, _FIX)
    content = torch_file.read(file, blame, whole=True)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = shown(content.get("format")) if isinstance(content, dict) else None
        raise CheckpointError(
            f"The checkpoint {file} has format {found}, but this reloc reads {FORMAT}", "Use the reloc that wrote it"
        )
    for name, kind in _KINDS.items():
        if name in content and (type(content[name]) is bool or not isinstance(content[name], kind)):
            raise blame.refuse(f"says {name}={shown(content[name])}; {_words(kind)} is expected")
    if content.get("step", 0) < 0:
        raise blame.refuse(f"says step={content['step']}; 0 or more is expected")
    for name in ("network", "average"):
        if content.get(name) is not None:
            content[name] = torch_file.weights(content[name], blame.at(name))
    return Checkpoint(content, file)


def _words(kind: type | tuple[type, ...]) -> str:
    return {int: "a whole number", str: "a text", dict: "a table"}.get(kind, "a number")  # type: ignore[arg-type]


def load_latest(folder: Path) -> tuple[Checkpoint, str]:
    """Return the last readable checkpoint, and a sentence if that is not the last one.

    Raises:
        CheckpointError: none is readable; the message names all.
    """
    problems = []
    for name in (LAST, PREVIOUS):
        try:
            content = load(folder / name)
        except CheckpointError as error:
            problems.append(error.problem)
            continue
        note = f"{problems[0]}. Continuing from {name}, step {content.get('step')}" if problems else ""
        return content, note
    raise CheckpointError("; ".join(problems), "Train again with another --out")


_FIX = "Use another one of its folder (reloc export has --checkpoint), or train again"
