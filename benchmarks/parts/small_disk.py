"""Make a small disk: a tmpfs in a mount namespace that only its holder and the commands started in it see."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.full_disk import FullDisk
from parts.limited_files import LimitedFiles
from parts.namespaces import may_make


class SmallDisk(FullDisk):
    """A tmpfs."""

    how = ""

    def __init__(self, mounted: Path, pid: int) -> None:
        self.mounted = mounted
        self.inside = ["nsenter", "--user", "--mount", "--preserve-credentials", "-t", str(pid)]
        self.path = Path(f"/proc/{pid}/root{mounted}")

    def fill(self, leave_bytes: int, file_bytes: int) -> None:
        """See :class:`FullDisk`."""
        free = shutil.disk_usage(self.path).free
        (self.path / "fill").write_bytes(bytes(max(0, free - leave_bytes)))

    def make_room(self) -> None:
        """Delete what fills it."""
        (self.path / "fill").unlink()


@contextmanager
def small_disk(mounted: Path, megabytes: int) -> Iterator[FullDisk]:
    """The disk while the block lasts; limited files where this machine lets nobody make namespaces."""
    if not may_make("--mount"):
        yield LimitedFiles(mounted)
        return
    mounted.mkdir(parents=True, exist_ok=True)
    script = f'mount -t tmpfs -o size={megabytes}m tmpfs "{mounted}" && echo ready && exec sleep 3600'
    holder = subprocess.Popen(["unshare", "-rm", "sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        ready = holder.stdout.readline().strip() == "ready"  # a namespace may be allowed, and mounting in it not
        yield SmallDisk(mounted, holder.pid) if ready else LimitedFiles(mounted)
    finally:
        holder.kill()
        holder.wait(10)
