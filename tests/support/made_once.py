"""What many tests need and is dear to make: made once a run, whichever of its processes asks first."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = "RELOC_TESTS_MADE_ONCE"  # set by the conftest; child processes inherit it


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """The path that ``make(path)`` has written; others wait until it is whole. Only to be read: a test copies it."""
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    path, done = folder / name, folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(path)
            done.touch()
    return path


def arrays_made_once(name: str, make: Callable[[], dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """What ``make()`` has returned."""
    with np.load(made_once(f"{name}.npz", lambda path: np.savez(path, **make()))) as stored:
        return dict(stored)
