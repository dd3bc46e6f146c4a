"""Cut the network: everything runs in a network namespace of its own, whose only interface goes down and up.

Where no namespace can be made, all others fall silent instead: the camera stops, and the map server stands still.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from parts.fault_scene import INSIDE, Row, Scene, scene
from parts.namespaces import may_make

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def network_cut() -> Row:
    """No packet is delivered for 8 s while the localizer tracks."""
    if INSIDE not in os.environ and may_make("--net"):
        return _in_namespace("network_cut")
    with scene() as s:
        s.mark()
        _cut(s, True)
        time.sleep(8)
        since = time.monotonic()
        _cut(s, False)
        return s.row("network_cut", f"{_what()} for 8 s", since, "map in use")


def network_cut_in_fetch() -> Row:
    """No packet is delivered for 5 s during a fetch."""
    if INSIDE not in os.environ and may_make("--net"):
        return _in_namespace("network_cut_in_fetch")
    with scene(start=False, ballast=True) as s:
        s.start_server(page_bytes=1 << 16)
        s.mark()
        s.start_localizer(transfer_timeout=1.0)
        s.wait_until(lambda: any(s.cache.glob("*.partial/compiled")))
        _cut(s, True)
        time.sleep(5)
        since = time.monotonic()
        _cut(s, False)
        return s.row("network_cut_in_fetch", f"{_what()} for 5 s during a fetch", since, "pages that had come")


def _what() -> str:
    return "no packet goes anywhere" if INSIDE in os.environ else "camera and map server silent (SIGSTOP)"


def _cut(s: Scene, cut: bool) -> None:
    """Cut the localizer off, or let it hear again."""
    if INSIDE in os.environ:
        _set_up(not cut)
        return
    s.camera.running = not cut
    s.nodes["map_server"].send(signal.SIGSTOP if cut else signal.SIGCONT)


def _in_namespace(name: str) -> Row:
    """Run this row in a namespace with only a loopback interface, by UDP only, because shared memory cannot be cut."""
    script = Path(__file__).parents[1] / "faults.py"
    code = "import runpy, sys; from fault_rows import network; network._set_up(True); "
    code += "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code, str(script), "--row", name],
        env={**os.environ, INSIDE: "1", "PYTHONPATH": str(script.parent)},
        stdout=subprocess.PIPE, text=True, timeout=300,
    )  # fmt: skip
    cells = [cell.strip() for cell in done.stdout.strip().strip("|").split(" | ")]
    if len(cells) != 6:
        return Row(name, "", "", "", float("nan"), "", (f"it ended with {done.returncode}: {done.stdout[-200:]!r}",))
    problems = (cells[5].strip("*"),) if cells[5].startswith("**") else ()
    return Row(
        name, cells[1], cells[2], cells[3], float("nan") if cells[4] == "never" else float(cells[4]), cells[5], problems
    )


def _set_up(up: bool) -> None:
    """Switch the loopback interface on or off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))[1]
        flags = flags | _UP if up else flags & ~_UP
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags))
