"""Run a step of the set-up once, and again only when its inputs changed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

LAST_LINES = 30


class StepFailedError(Exception):
    """A command failed. The message contains the end of its output."""


def fingerprint(*parts: str | Path) -> str:
    """Return a hash of texts and of files' names and contents."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(f"{part}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()


def files(folder: Path, leave_out: Iterable[str] = ()) -> list[Path]:
    """Return all files below ``folder``, sorted, without caches, hidden folders and the folders in ``leave_out``."""
    skip = {"__pycache__", *leave_out}
    found = []
    for where, folders, names in os.walk(folder, followlinks=True):  # launch/ is a link
        folders[:] = sorted(f for f in folders if f not in skip and f[0] != "." and not f.endswith(".egg-info"))
        found += [Path(where) / name for name in sorted(names)]
    return found


class Steps:
    """Run steps one after another. Stamps and the log of all commands are in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "setup.log"
        self.ran = 0

    def run(self, name: str, inputs: str, action: Callable[[], None]) -> str:
        """Run ``action`` unless it was done with the same inputs. Return ``inputs``, for later steps."""
        stamp = self._folder / f"{name.replace(' ', '_')}.stamp"
        if stamp.is_file() and stamp.read_text() == inputs:
            return inputs
        stamp.unlink(missing_ok=True)
        print(f"reloc set-up: {name:<34}", end="", flush=True)
        start = time.monotonic()
        try:
            action()
        except StepFailedError as error:
            print(f"failed\n{error}\nThe whole output is in {self._log}. Run it again to continue.")
            sys.exit(1)
        print(f"{time.monotonic() - start:6.1f} s")
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(inputs)
        self.ran += 1
        return inputs

    def command(self, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
        """Run a command quietly.

        Raises:
            StepFailedError: its exit status is not 0. Warnings do not matter.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("a+") as log:
            log.write(f"\n$ {' '.join(map(str, command))}\n")
            log.flush()
            begin = log.tell()
            done = subprocess.run(
                [str(c) for c in command], stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}
            )
            if done.returncode:
                log.seek(begin)
                tail = "".join(log.readlines()[-LAST_LINES:])
                raise StepFailedError(f"{tail}\nThis failed ({done.returncode}): {' '.join(map(str, command))}")
