"""The console scripts of the nodes. Ctrl-C while rclpy is imported ends them with status 130, without traceback."""

from __future__ import annotations

from reloc import early_interrupts, standard_streams

assert early_interrupts


def localizer() -> int:
    """Console script ``localizer``."""
    standard_streams.open_closed()
    from reloc.interrupts import run_interruptible
    from reloc_node.localizer_node import main

    return run_interruptible(main)


def map_server() -> int:
    """Console scripts ``reloc_map_server`` and ``map_server``."""
    standard_streams.open_closed()
    from reloc.interrupts import run_interruptible
    from reloc_node.map_server_node import main

    return run_interruptible(main)
