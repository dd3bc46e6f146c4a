"""Run the short form of the demo with every method, given only by its name.

A method passes if its nodes start, its run ends normally, and no wrong pose was published. `features`, the default,
must also recover from the kidnap. Other methods may be too slow for that on a busy machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUMMARY = re.compile(r"recovered (\d+)/(\d+), median (\S+) s, worst error (\S+) m (\S+) deg")
LONGEST_S = 900.0  # the first run also makes the map


def main(methods: list[str]) -> int:
    """Run each method and print a table."""
    from reloc import plugins

    chosen = methods or sorted(
        {plugins.load("reloc.localizers", name).name for name in plugins.names("reloc.localizers")}
    )
    failed = 0
    for method in chosen:
        begin = time.monotonic()
        problem, summary = run(method)
        failed += bool(problem)
        verdict = f"FAILED: {problem}" if problem else "passed"
        print(f"  {method:<18} {time.monotonic() - begin:5.0f} s  {summary}  {verdict}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return int(failed > 0)


def run(method: str) -> tuple[str, str]:
    """Run a method. Return what is wrong, empty if nothing is; and the last line of output."""
    out = ROOT / "out" / "check" / "demo" / method
    command = [sys.executable, "-m", "reloc_demo.cli", "run", "--short", "--localizer", method, "--out", str(out)]
    command += ["--cache", str(ROOT / "out" / "demo" / "cache")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    except subprocess.TimeoutExpired:
        return f"did not end in {LONGEST_S:.0f} s", ""
    lines = done.stdout.strip().splitlines()
    found = SUMMARY.fullmatch(lines[-1]) if lines else None
    if found is None:
        return f"exit status {done.returncode}: {done.stderr.strip()[-1000:]}", ""
    wrong = sum(line.startswith("wrong pose") for line in lines)
    if wrong:
        return f"{wrong} wrong poses", lines[-1]
    if method == "features" and found[1] != found[2]:
        return "not recovered", lines[-1]
    return "", lines[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
