"""The console scripts: Ctrl-C while the imports last ends them with status 130, without a traceback."""

from __future__ import annotations

from reloc import early_interrupts

assert early_interrupts


def demo() -> int:
    """Console script ``reloc-demo``."""
    from reloc.interrupts import run_interruptible
    from reloc_demo.cli import main

    return run_interruptible(main)


def simulated_robot() -> int:
    """Console script ``simulated_robot``."""
    from reloc.interrupts import run_interruptible
    from reloc_demo.simulated_robot_node import main

    return run_interruptible(main)
