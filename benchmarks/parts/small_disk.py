"""Make a small disk: a tmpfs in a mount namespace that only its holder and the commands started in it see."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    """A small disk. ``inside`` is put before a command that uses it; ``path`` is its path from outside."""

    def __init__(self, mounted: Path, pid: int) -> None:
        self.mounted = mounted
        self.inside = ["nsenter", "--user", "--mount", "--preserve-credentials", "-t", str(pid)]
        self.path = Path(f"/proc/{pid}/root{mounted}")

    def content_hash(self, name: str) -> str:
        """Return the content hash of a map after checking every file, or what is wrong with the map."""
        code = "import sys; from reloc.maps.reference_map import ReferenceMap as M; "
        code += "print(M.open(sys.argv[1]).content_hash)"
        done = timed([*self.inside, sys.executable, "-c", code, str(self.mounted / name)])[1]
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    def fill(self, leave_bytes: int) -> None:
        """Fill the disk, and leave this many bytes."""
        free = shutil.disk_usage(self.path).free
        (self.path / "fill").write_bytes(bytes(max(0, free - leave_bytes)))

    def make_room(self) -> None:
        """Undo :meth:`fill`."""
        (self.path / "fill").unlink()


@contextmanager
def small_disk(mounted: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """Return the disk, which exists inside the context; None if this machine does not allow namespaces."""
    mounted.mkdir(parents=True, exist_ok=True)
    script = f'mount -t tmpfs -o size={megabytes}m tmpfs "{mounted}" && echo ready && exec sleep 3600'
    holder = subprocess.Popen(["unshare", "-rm", "sh", "-c", script], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        yield SmallDisk(mounted, holder.pid) if holder.stdout.readline().strip() == "ready" else None
    finally:
        holder.kill()
        holder.wait(10)


def timed(command: Sequence[str]) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Run a command; return its duration in seconds, and its result."""
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return time.monotonic() - began, done
