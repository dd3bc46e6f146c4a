"""A disk that is full for some processes only: they may write no file beyond a size, until they are given room again.

It stands in for :mod:`parts.small_disk` where nothing can be mounted. The system refuses such a write with EFBIG, in
place of ENOSPC; reloc treats both alike.
"""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from pathlib import Path

from parts.full_disk import FullDisk

_BEGIN = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails; the process is not ended
limit, hard = int(open(sys.argv[1]).read()), resource.getrlimit(resource.RLIMIT_FSIZE)[1]
with open(sys.argv[2], "a") as begun:
    begun.write(f"{os.getpid()} ")
resource.setrlimit(resource.RLIMIT_FSIZE, (limit if limit >= 0 else hard, hard))
os.execvp(sys.argv[3], sys.argv[3:])
"""


class LimitedFiles(FullDisk):
    """An ordinary folder."""

    how = "by RLIMIT_FSIZE"

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.mounted = self.path = folder
        self._limit, self._begun = (folder.with_name(f"{folder.name}.{what}") for what in ("limit", "begun"))
        self._limit.write_text("-1")
        self._begun.touch()
        self.inside = [sys.executable, "-c", _BEGIN, str(self._limit), str(self._begun)]

    def fill(self, leave_bytes: int, file_bytes: int) -> None:
        """See :class:`FullDisk`."""
        self._limit.write_text(str(file_bytes))

    def make_room(self) -> None:
        """Also for the processes that run."""
        self._limit.write_text("-1")
        for pid in map(int, self._begun.read_text().split()):
            with suppress(ProcessLookupError):
                hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
