"""The console scripts: Ctrl-C while the imports last ends them with status 130, without a traceback."""

from __future__ import annotations

from reloc import early_interrupts

assert early_interrupts


def demo() -> int:
    """Console script ``reloc-demo``."""
    from reloc import interrupts
    from reloc_demo.cli import main

    interrupts.as_usual()
    return main()


def simulated_robot() -> None:
    """Console script ``simulated_robot``."""
    from reloc import interrupts
    from reloc_demo.simulated_robot_node import main

    interrupts.as_usual()
    main()
