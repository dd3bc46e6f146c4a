"""Nothing outside the scratch folder may be written or deleted: every try is stopped, and is a find.

Two nets. Python's own audit events name each file that is opened for writing, renamed or removed before it happens; the
try is then refused, so that a target that deletes folders by mistake harms nobody's files. What C code writes is seen
afterwards, by comparing the listing of a tree beside the scratch folder, in which the home and the working folder lie.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Of each event: which arguments are paths that change, and which are descriptors of the folders of those.
_EVENTS: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.mkdir": ((0, 2),), "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),), "os.symlink": ((1, 2),), "os.truncate": ((0, None),), "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),), "os.utime": ((0, 3),), "shutil.rmtree": ((0, 1),), "shutil.copyfile": ((1, None),),
    "shutil.move": ((0, None), (1, None)), "sqlite3.connect": (), "tempfile.mkstemp": ((0, None),),
    "tempfile.mkdtemp": ((0, None),),
}  # fmt: skip
_DEVICES = ("/dev/null", "/dev/tty", "/proc/self/", "/dev/shm/sem.")


class Watch:
    """Watches from ``begin`` to ``end``; there is one in a process, since audit hooks stay for ever."""

    def __init__(self, inside: Path, beside: Path) -> None:
        """``inside`` may be written; the tree ``beside`` it is compared."""
        self._inside = os.path.realpath(inside)
        self._beside = beside
        self._watching = False
        self.tries: list[str] = []
        self._listing = listing(beside)
        sys.addaudithook(self._audit)

    def begin(self) -> None:
        """From now on every try counts."""
        self.tries = []
        self._watching = True

    def end(self) -> list[str]:
        """What was tried, empty where nothing was."""
        self._watching = False
        now = listing(self._beside)
        if now != self._listing:
            changed = sorted(set(now.items()) ^ set(self._listing.items()), key=str)
            self.tries.append(f"changed beside the scratch folder: {changed[:5]}")
            self._listing = now
        return self.tries

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._watching:
            return
        if event == "open":
            path, mode, flags = arguments
            writes = any(c in mode for c in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
            if writes and not isinstance(path, int):
                self._check(event, path, None)
            return
        for at, folder_at in _EVENTS.get(event, ()):
            if at < len(arguments):
                folder = arguments[folder_at] if folder_at is not None and folder_at < len(arguments) else None
                self._check(event, arguments[at], folder)

    def _check(self, event: str, path: Any, folder: Any) -> None:
        if isinstance(path, int) or path is None:
            return
        self._watching = False  # what is done here is no try
        try:
            text = os.fsdecode(path)
            if isinstance(folder, int) and folder >= 0 and not os.path.isabs(text):
                text = os.path.join(os.readlink(f"/proc/self/fd/{folder}"), text)
            # the last part stays as it is: removing a link removes no more than the link
            real = os.path.join(os.path.realpath(os.path.dirname(text) or "."), os.path.basename(text))
            if event == "open":
                real = os.path.realpath(real)
        except (OSError, ValueError):
            return  # no path at all: the system will say so
        finally:
            self._watching = True
        if real.startswith(_DEVICES) or os.path.commonpath((real, self._inside)) == self._inside:
            return
        self.tries.append(f"{event} {real}")
        raise PermissionError(13, "stopped by the fuzzer: it is outside of the scratch folder", real)


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of change of all files in a tree, by path."""
    out: dict[str, tuple[int, int]] = {}
    stack = [str(folder)]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                out[entry.path] = (status.st_size, status.st_mtime_ns)
                if entry.is_dir(follow_symlinks=False):
                    stack.append(entry.path)
    return out
