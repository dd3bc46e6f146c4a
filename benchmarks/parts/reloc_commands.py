"""Run commands as a user would type them. Each is printed before it runs."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def reloc(arguments: Sequence[str], quiet: bool = False) -> bool:
    """Run `reloc` with arguments; return whether it succeeded. With ``quiet``, its output is shown only if it fails."""
    if not quiet:
        print(f"\n$ reloc {shlex.join(arguments)}", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "reloc.cli.main", *arguments], check=False, capture_output=quiet, text=True
    )
    if quiet and done.returncode:
        print(f"\n$ reloc {shlex.join(arguments)}\n{done.stdout}{done.stderr}", flush=True)
    return done.returncode == 0


def figures(file: Path) -> dict[str, Any]:
    """Return the content of a file that `reloc eval --json` wrote."""
    values: dict[str, Any] = json.loads(file.read_text())
    return values
