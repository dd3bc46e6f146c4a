"""Run the slow checks, one after the other, and print how many passed. `make check` calls it.

python tools/check.py [NAME ...]      all steps, or the named ones
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
# Each is a command; the file of a step that is not there yet is no step.
# Run only where they are named: two take as long as `make test`, and the tutorial 3 to 15 minutes.
BY_NAME = ("beside-ros", "demo-all", "tutorial")
# A minute on two cores. Every machine shows the same inputs, a slow one fewer of them; a busy one is not hung.
INPUTS = "--inputs 4000 --most-s 4 --hang-s 60"
STEPS: dict[str, list[str]] = {
    "fuzz": ["make", "--no-print-directory", "fuzz", "SEED=1", "TARGET=", "GUIDED=", "REPLAY=", f"ARGS={INPUTS}"],
    "demo": [PYTHON, "tools/checks/demo_methods.py", "features", "pnlp", "posenet"],
    "demo-all": [PYTHON, "tools/checks/demo_methods.py"],
    "wheel": [PYTHON, "tools/checks/wheel.py"],
    "pip-line": [PYTHON, "tools/checks/pip_line.py"],
    "beside-ros": [PYTHON, "tools/checks/beside_ros.py"],
    "docs": [PYTHON, "tools/check_docs.py"],
    "site": ["make", "--no-print-directory", "docs"],
    "tutorial": [PYTHON, "tools/checks/tutorial.py"],
}


def main(names: list[str]) -> int:
    """Run the steps. Return 1 if one failed, 2 for an unknown name."""
    if unknown := [name for name in names if name not in STEPS]:
        print(f"There is no step {', '.join(unknown)}. There are: {', '.join(STEPS)}", file=sys.stderr)
        return 2
    chosen = {name: command for name, command in STEPS.items() if _is_chosen(name, names) and _is_there(command)}
    lines, failed = [], 0
    for name, command in chosen.items():
        print(f"== {name}", flush=True)
        begin = time.monotonic()
        status = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}, check=False).returncode
        failed += status != 0
        lines.append(f"  {name:<12} {'failed' if status else 'passed'}  {time.monotonic() - begin:6.0f} s")
    print("\n".join(["== make check", *lines]))
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return int(failed > 0)


def _is_chosen(name: str, names: list[str]) -> bool:
    return name in names if names else name not in BY_NAME


def _is_there(command: list[str]) -> bool:
    scripts = [word for word in command if word.startswith("tools/")]
    return all((ROOT / script).is_file() for script in scripts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
