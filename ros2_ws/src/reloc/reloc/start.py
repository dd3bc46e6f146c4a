"""The console script ``reloc``: Ctrl-C gives no traceback at any time."""

from __future__ import annotations

from reloc import early_interrupts

assert early_interrupts


def main() -> int:
    """Run the command line of this process and return its exit status."""
    from reloc.cli.main import main as run

    return run()
