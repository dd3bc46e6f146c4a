"""The console scripts of the nodes: Ctrl-C while rclpy is imported ends them with status 130, without a traceback."""

from __future__ import annotations

from reloc import early_interrupts

assert early_interrupts


def localizer() -> None:
    """Console script ``localizer``."""
    from reloc import interrupts
    from reloc_node.localizer_node import main

    interrupts.as_usual()
    main()


def map_server() -> None:
    """Console script ``map_server``."""
    from reloc import interrupts
    from reloc_node.map_server_node import main

    interrupts.as_usual()
    main()
