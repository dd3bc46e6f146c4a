"""Measured times, kept in one small JSON file in the user's cache folder: the next start need not measure again.

What cannot be read, is damaged, or belongs to another user counts as nothing measured. A time is only used for the
same files of the model, processor, number of cores, versions of the libraries, batch sizes and settings.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec.structs import replace

from reloc.errors import LockError, RelocError, StorageError
from reloc.files import user_cache, write_atomic
from reloc.locks import open_lock, try_lock
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import MIB

FORMAT = 1
MOST_ENTRIES = 256  # the oldest go first
_LARGEST = MIB
_WAIT_S = 0.5  # for another process that writes
_LOG = logging.getLogger("reloc.backends")
Milliseconds = Annotated[float, msgspec.Meta(gt=0.0, le=1e9)]


class TimedOn(msgspec.Struct, frozen=True):
    """What a time depends on."""

    content: str  # hash of the model's files
    machine: str  # processor and cores
    libraries: str  # names and versions
    batch_sizes: tuple[int, ...]
    settings: str


class _Entry(msgspec.Struct):
    on: TimedOn
    model: str  # its name, for people
    ms: dict[str, Milliseconds | None]  # by "backend:precision"; None: it does not run there


class _Content(msgspec.Struct):
    format: int
    entries: list[_Entry]


def path() -> Path:
    """Return where the file lies.

    Raises:
        RuntimeError: the user has no home folder, and XDG_CACHE_HOME is not set.
    """
    return user_cache() / "network-times.json"


def known(on: TimedOn) -> dict[str, float | None]:
    """Return what was measured: milliseconds by "backend:precision", None for what does not run. May be empty."""
    return next((dict(entry.ms) for entry in _entries() if entry.on == on), {})


def of_model(on: TimedOn) -> list[tuple[TimedOn, dict[str, float | None]]]:
    """Return what was measured of the same model here, with whatever batch sizes and settings."""
    same = [entry for entry in _entries() if replace(entry.on, batch_sizes=on.batch_sizes, settings=on.settings) == on]
    return [(entry.on, dict(entry.ms)) for entry in same]


def keep(on: TimedOn, model: str, ms: Mapping[str, float | None]) -> None:
    """Add times to those of ``on``; say in the log if they cannot be kept."""
    try:
        file = path()
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file):
            entries = _entries()
            before = next((entry.ms for entry in entries if entry.on == on), {})
            others = [entry for entry in entries if entry.on != on][-(MOST_ENTRIES - 1) :]
            content = _Content(FORMAT, [*others, _Entry(on, model, {**before, **ms})])
            write_atomic(file, msgspec.json.format(msgspec.json.encode(content), indent=1))
    except (OSError, RuntimeError, LockError, StorageError) as error:
        _LOG.warning("Measured times cannot be kept, so the next start measures again: %s", error)


def _entries() -> list[_Entry]:
    try:
        file = path()
        if not file.exists() or file.stat().st_uid != os.getuid():
            return []
        blame = Blame(str(file), StorageError, "Remove it", verdict="cannot be read")
        found = json_file.load(file, _Content, blame, most=_LARGEST)
    except (OSError, RuntimeError, RelocError) as error:
        _LOG.info("Networks are measured again: %s", error)
        return []
    return found.entries if found.format == FORMAT else []


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Wait until no other process writes, but not for long: then the other's times may be lost, and are measured anew.

    Raises:
        LockError, OSError: see :func:`reloc.locks.open_lock`.
    """
    handle = open_lock(file.with_suffix(".lock"))
    try:
        end = time.monotonic() + _WAIT_S
        with suppress(OSError):  # a file system without locks
            while not try_lock(handle) and time.monotonic() < end:
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)
