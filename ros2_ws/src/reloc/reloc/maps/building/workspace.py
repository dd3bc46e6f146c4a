"""The folder in which a map is built: finished steps are kept, and the whole map appears at once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from reloc.errors import LockError, MapError
from reloc.files import fix_for, sync, sync_tree, write_atomic
from reloc.locks import open_lock, try_lock
from reloc.maps import layout
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import read_bytes

_NOTE = 4096  # largest size of a note, in bytes


class Workspace:
    """The folder ``<out>.partial``: ``content`` becomes the map, ``scratch`` holds stamps and intermediate files.

    A step's stamp is the hash of its own inputs and of all steps before it. So a changed option repeats only the steps
    that it affects and those after them. The workspace is locked: only one build at a time may use it.

    Raises:
        MapError: on entering, another process is building there, or the folder cannot be written.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.root = layout.partial(out)
        self.content = self.root / "map"
        self.scratch = self.root / "work"
        self._chain = ""
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        former = layout.replaced(self.out)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            self._lock = os.fdopen(open_lock(self.root / "lock"), "w")
            mine = try_lock(self._lock.fileno())
        except OSError as error:
            fix = f"{fix_for(error)}; or give another --out"
            raise MapError(f"Cannot write {self.root}: {error.strerror}", fix) from error
        except LockError as error:
            raise MapError(error.problem, error.fix) from error
        if not mine:
            self._lock.close()
            raise MapError(f"Another build is writing {self.root}", "Wait until it has finished, or give another --out")
        if former.exists() and not self.out.exists():  # killed between the two renames of publish()
            former.rename(self.out)
        for folder in (self.content, self.scratch):
            folder.mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            self._lock.close()

    def run(self, step: str, inputs: Mapping[str, Any], work: Callable[[Path], None], *, first: bool = False) -> bool:
        """Do a step unless it is done; return whether it was done now.

        ``work`` gets a folder for files that it needs again after an interruption. They always come from the same
        inputs. With ``first``, changed inputs empty the whole workspace.
        """
        text = json.dumps([self._chain, step, inputs], sort_keys=True)
        self._chain = hashlib.sha256(text.encode()).hexdigest()
        begun, done = self.scratch / f"{step}.begun", self.scratch / f"{step}.done"
        if _says(done) == self._chain:
            return False
        done.unlink(missing_ok=True)
        kept = self.scratch / step
        if _says(begun) != self._chain:
            for stale in (self.content, self.scratch) if first else (kept,):
                shutil.rmtree(stale, ignore_errors=True)
                stale.mkdir()
            write_atomic(begun, self._chain.encode())
        kept.mkdir(exist_ok=True)
        work(kept)
        write_atomic(done, self._chain.encode())
        return True

    def kept(self, step: str) -> Path:
        """Return the folder of an earlier step."""
        return self.scratch / step

    def publish(self) -> None:
        """Make ``content`` the map, replacing a former one, and remove the workspace.

        Everything is on the disk before it gets its name, so that no crash leaves half a map.
        """
        sync_tree(self.content)
        former = layout.replaced(self.out)
        if self.out.exists():
            shutil.rmtree(former, ignore_errors=True)
            self.out.rename(former)
        self.content.rename(self.out)
        sync(self.out.parent)
        shutil.rmtree(former, ignore_errors=True)
        shutil.rmtree(self.root, ignore_errors=True)


def _says(note: Path) -> str:
    """Return the text of a note; empty if there is none, or something else has its name."""
    try:
        return read_bytes(note, Blame(str(note), MapError, ""), _NOTE).decode("ascii", "replace")
    except MapError:
        return ""
