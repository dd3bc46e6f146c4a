"""Run the tutorial as it is written: every command of docs/tutorial.md, in order, in a folder of its own.

A command that ends in `# terminal N` runs beside the others until the end, as in a terminal of its own. What the page
sets up (`make setup`, activating the environment) is done already. Minutes are printed: they are what a reader needs.
So are minutes of processor time, which do not depend on what else the machine does.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from docs_check.text import command_lines, read_page  # noqa: E402

PAGE = ROOT / "docs" / "tutorial.md"
DONE_ALREADY = ("make setup", ". .venv/bin/activate")
LONGEST_S = 1200  # for one command, on a busy machine


def steps(page: Path = PAGE) -> list[tuple[str, bool]]:
    """Return the page's commands in order, and whether each runs beside the others."""
    found = []
    for block in read_page(page).blocks:
        for _, line in command_lines(block):
            command, _, remark = line.partition("  #")
            if command.strip() not in DONE_ALREADY:
                found.append((command.strip(), remark.strip().startswith("terminal")))
    return found


def main() -> int:
    """Run them. Return 1 if one fails, or one of the terminals ends by itself."""
    begin = time.monotonic()
    beside: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="reloc-tutorial-") as folder:
        try:
            problem = _run_all(Path(folder), beside)
        finally:
            for process in reversed(beside):
                _stop(process)
    minutes, terminals = (time.monotonic() - begin) / 60, len(beside) + 1
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = (used.ru_utime + used.ru_stime) / 60
    print(f"{len(steps())} commands in {terminals} terminals, {minutes:.1f} minutes until the live pose")
    print(f"{worked:.1f} minutes of processor time; load average {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores")
    print(f"failed: {problem}\n0 passed, 1 failed" if problem else "1 passed, 0 failed")
    return int(bool(problem))


def _run_all(folder: Path, beside: list[subprocess.Popen[bytes]]) -> str:
    """Return what went wrong; empty if nothing did."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "ROS_DOMAIN_ID": os.environ.get("ROS_DOMAIN_ID", "87")}
    for command, is_beside in steps():
        print(f"$ {command}", flush=True)
        begin = time.monotonic()
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=folder, env=environment, start_new_session=True
        )
        if is_beside:
            beside.append(process)
            continue
        try:
            status = process.wait(LONGEST_S)
        except subprocess.TimeoutExpired:
            _stop(process)
            return f"{command} takes more than {LONGEST_S} s"
        print(f"  {time.monotonic() - begin:.0f} s", flush=True)
        if status:
            return f"{command} ended with status {status}"
    ended = [p.returncode for p in beside if p.poll() is not None]
    return f"a terminal ended with status {ended[0]}" if ended else ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                continue


if __name__ == "__main__":
    sys.exit(main())
