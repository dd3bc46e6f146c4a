"""Keep built engines on disk. An engine is machine code that TensorRT runs unchecked, so it is checked before use.

An engine that is cut off, damaged, foreign or of another version is never given to TensorRT. It is built again, and the
log says why.
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

_REBUILD = "It is built again if building is allowed; `reloc models compile` does so ahead of time"
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class EngineFile:
    """The file of one engine."""

    path: Path

    def read(self, key: EngineKey) -> bytes:
        """Return the engine, if it is complete and was built for ``key``.

        Raises:
            EngineCacheError: there is none, or it is anything else; the message says what.
        """
        try:
            return CheckedFile(self.path, "engine").read(key.to_json())
        except ValueError as error:
            raise EngineCacheError(str(error), _REBUILD) from error

    def write(self, key: EngineKey, engine: bytes) -> None:
        """Store an engine completely or not at all.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        CheckedFile(self.path, "engine").write(key.to_json(), engine)

    @contextmanager
    def building(self, log: Callable[[str], None]) -> Iterator[None]:
        """Lock while building: a second process waits, and then finds the first one's result."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.fdopen(open_lock(self.path.with_name(f"{self.path.name}.lock")), "w")
        except (OSError, LockError):
            yield  # the engine cannot be kept either; `obtain` reports it
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
    """Return the loaded engine for ``key``: from the cache if it is valid, else built and cached.

    Args:
        build: builds an engine; may take minutes.
        load: gives one to TensorRT; returns None if TensorRT refuses it.
        may_build: if False, a problem with the cache is raised.

    Raises:
        EngineCacheError: building is not allowed, or TensorRT refuses its own new engine.
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
            log(f"the engine cannot be kept, so it is built again next time: {error}")
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
        return True  # a file system without locks: both build, and each stores a complete file
