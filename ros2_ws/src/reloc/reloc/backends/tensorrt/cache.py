"""Built engines on disk. One is machine code that TensorRT runs as it is, so it is checked before it is used.

What is cut off, damaged, foreign or of another version is never handed to TensorRT: it is built again, and the log
says why.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from reloc.backends.tensorrt.checked_file import CheckedFile
from reloc.backends.tensorrt.key import EngineKey
from reloc.errors import EngineCacheError, LockError
from reloc.locks import open_lock, try_lock

T = TypeVar("T")

_REBUILD = "It is built again where building is allowed; `reloc models compile` does so ahead of time"
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class EngineFile:
    """The place of one engine."""

    path: Path

    def read(self, key: EngineKey) -> bytes:
        """The engine, if it is whole and was built for ``key``.

        Raises:
            EngineCacheError: there is none, or it is anything else; the message says what.
        """
        try:
            return CheckedFile(self.path, "engine").read(key.to_json())
        except ValueError as error:
            raise EngineCacheError(str(error), _REBUILD) from error

    def write(self, key: EngineKey, engine: bytes) -> None:
        """Put an engine there, whole or not at all.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        CheckedFile(self.path, "engine").write(key.to_json(), engine)

    @contextmanager
    def building(self, log: Callable[[str], None]) -> Iterator[None]:
        """Hold while building: a second process waits, and then finds what the first has built."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.fdopen(open_lock(self.path.with_name(f"{self.path.name}.lock")), "w")
        except (OSError, LockError):
            yield  # what is built cannot be kept either; `obtain` says so
            return
        with lock:
            waiting = False
            while not _locked(lock):
                if not waiting:
                    log(f"another process builds {self.path}: waiting for it")
                waiting = True
                time.sleep(_POLL_S)
            yield


def obtain(
    file: EngineFile,
    key: EngineKey,
    build: Callable[[], bytes],
    load: Callable[[bytes], T | None],
    log: Callable[[str], None],
    may_build: bool = True,
) -> T:
    """The engine for ``key``, loaded: from the cache if that can be trusted, else built and cached.

    Args:
        build: builds an engine; may take minutes.
        load: hands one to TensorRT; None if that refuses it.
        may_build: if not, what is wrong with the cache is raised.

    Raises:
        EngineCacheError: building is not allowed, or TensorRT refuses what it has just built itself.
    """
    try:
        return _from_cache(file, key, load)
    except EngineCacheError as error:
        if not may_build:
            raise
        reason = error.problem
    with file.building(log):
        with suppress(EngineCacheError):  # another process may have built it meanwhile
            return _from_cache(file, key, load)
        log(f"building: {reason}")
        engine = build()
        try:
            file.write(key, engine)
        except OSError as error:
            log(f"the engine cannot be kept and is built again next time: {error}")
        loaded = load(engine)
    if loaded is None:
        raise EngineCacheError("TensorRT refuses the engine that it has just built", "Reinstall TensorRT")
    return loaded


def _from_cache(file: EngineFile, key: EngineKey, load: Callable[[bytes], T | None]) -> T:
    loaded = load(file.read(key))
    if loaded is None:
        raise EngineCacheError(f"TensorRT refuses the engine {file.path}", _REBUILD)
    return loaded


def _locked(lock: Any) -> bool:
    try:
        return try_lock(lock.fileno())
    except OSError:
        return True  # a file system without locks: both build, and each puts a whole file in place
