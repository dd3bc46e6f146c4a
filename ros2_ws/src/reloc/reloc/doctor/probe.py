"""Run tests in a process of their own, because a library that crashes on import must not end the doctor."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

_TIMEOUT_S = 60.0

_IMPORT = """
import importlib, importlib.metadata, sys
module, distribution = sys.argv[1:3]
loaded = importlib.import_module(module)
try:
    print(importlib.metadata.version(distribution))
except importlib.metadata.PackageNotFoundError:
    print(getattr(loaded, "__version__", "version unknown"))
"""


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of one test."""

    works: bool
    absent: bool  # not installed, as opposed to installed and broken
    output: str  # last line of the output or of the error


def probe_import(module: str, distribution: str = "") -> Probe:
    """Import ``module``; the output is its version."""
    return run_python(_IMPORT, module, distribution or module)


def run_python(code: str, *args: str) -> Probe:
    """Run ``code`` in this environment's Python."""
    return run_command([sys.executable, "-c", code, *args])


def run_command(command: list[str]) -> Probe:
    """Run a program; it works if it exits with 0."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except FileNotFoundError:
        return Probe(False, True, f"{command[0]} was not found")
    except (OSError, subprocess.TimeoutExpired) as error:
        return Probe(False, False, str(error))
    if done.returncode == 0:
        return Probe(True, False, _last_line(done.stdout))
    if done.returncode < 0:
        return Probe(False, False, f"killed by signal {-done.returncode}")
    error_line = _last_line(done.stderr)
    return Probe(False, error_line.startswith("ModuleNotFoundError"), error_line)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
