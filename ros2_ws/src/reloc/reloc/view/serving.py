"""Keep a page open until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from reloc.view.server import stop

if TYPE_CHECKING:
    from viser import ViserServer

_TICK_S = 0.2


def serve(server: ViserServer, seconds: float = 0.0) -> None:
    """Return after that time, or at Ctrl-C; 0 serves until Ctrl-C. The server is stopped in any case."""
    end = time.monotonic() + seconds if seconds > 0 else float("inf")
    try:
        while time.monotonic() < end:
            time.sleep(_TICK_S)
    except KeyboardInterrupt:
        pass
    finally:
        stop(server)
