"""Checkpoints: there in full or not at all, the last two and the best.

``last.pt`` is where training goes on, ``previous.pt`` the one before it, ``best.pt`` the weights with the best
score. They are torch files of tensors and plain values; ``torch.load(..., weights_only=True)`` opens them.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch

from reloc.errors import CheckpointError

FORMAT = 1
LAST, PREVIOUS, BEST = "last.pt", "previous.pt", "best.pt"


def save(file: Path, content: Mapping[str, Any], keep: Path | None = None) -> None:
    """Write a checkpoint so that no crash leaves half of it; the one that was there becomes ``keep``."""
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
    """A stream that keeps the error of the system that torch makes a RuntimeError of: a full disk."""

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


def load(file: Path) -> dict[str, Any]:
    """Read a checkpoint, onto the CPU.

    Raises:
        CheckpointError: it is missing, cut off, damaged, or of another version.
    """
    if not file.is_file():
        raise CheckpointError(f"There is no checkpoint {file}", "Name the folder that `reloc train --out` was given")
    try:
        with zipfile.ZipFile(file) as archive:  # compares every part with its checksum, which torch does not
            damaged = archive.testzip()
        if damaged is not None:
            raise CheckpointError(f"The checkpoint {file} is damaged: {damaged} has another checksum", _FIX)
        content = torch.load(file, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except Exception as error:  # zipfile, pickle and torch raise some twenty kinds on bytes that they did not write
        size = file.stat().st_size
        raise CheckpointError(f"The checkpoint {file} ({size} bytes) is cut off or damaged: {error}", _FIX) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise CheckpointError(
            f"The checkpoint {file} is of format {found}, not {FORMAT}", "Use the reloc that wrote it"
        )
    if type(content.get("step", 0)) is not int:
        raise CheckpointError(f"The checkpoint {file} has the step {content['step']!r}, no integer", _FIX)
    return content


def load_latest(folder: Path) -> tuple[dict[str, Any], str]:
    """The last checkpoint that can be read, and, if that is not the last one, a sentence that says so.

    Raises:
        CheckpointError: none can be read; the message names all that were tried.
    """
    problems = []
    for name in (LAST, PREVIOUS):
        try:
            content = load(folder / name)
        except CheckpointError as error:
            problems.append(error.problem)
            continue
        note = f"{problems[0]}. Going on from {name}, step {content.get('step')}" if problems else ""
        return content, note
    raise CheckpointError("; ".join(problems), "Train anew, with another --out")


_FIX = "Use another one of its folder (reloc export has --checkpoint), or train anew"
