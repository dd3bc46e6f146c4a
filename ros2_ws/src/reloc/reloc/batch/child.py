"""Run a module as a process of its own, which ends when the process that started it ends.

    python -m reloc.batch.child PARENT MODULE ARGUMENT...

A worker that dies must not leave a command behind that goes on writing.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Run the module as ``python -m`` does."""
    parent, module = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before
        sys.exit(f"{module} was not started: its parent process {parent} has ended")
    sys.argv[:3] = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
