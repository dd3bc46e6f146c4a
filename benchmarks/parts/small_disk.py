"""A small disk of one's own: a tmpfs in a mount namespace that only its holder and what is started in it see."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


class SmallDisk:
    """``inside`` goes before a command that is to see it; ``path`` is how it is reached from outside."""

    def __init__(self, mounted: Path, pid: int) -> None:
        self.mounted = mounted
        self.inside = ["nsenter", "--user", "--mount", "--preserve-credentials", "-t", str(pid)]
        self.path = Path(f"/proc/{pid}/root{mounted}")

    def content_hash(self, name: str) -> str:
        """That of the map of this name, every file checked; or what is wrong with it."""
        code = "import sys; from reloc.maps.reference_map import ReferenceMap as M; "
        code += "print(M.open(sys.argv[1]).content_hash)"
        done = timed([*self.inside, sys.executable, "-c", code, str(self.mounted / name)])[1]
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    def fill(self, leave_bytes: int) -> None:
        """Leave so much room."""
        free = shutil.disk_usage(self.path).free
        (self.path / "fill").write_bytes(bytes(max(0, free - leave_bytes)))

    def make_room(self) -> None:
        """Undo :meth:`fill`."""
        (self.path / "fill").unlink()


@contextmanager
def small_disk(mounted: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """The disk while the block lasts; None where this machine lets nobody make namespaces."""
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
    """Seconds that a command took, and what came of it."""
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return time.monotonic() - began, done
