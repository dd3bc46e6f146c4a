"""Hold the map in use: the loading thread writes it, the localizing thread reads it."""

from __future__ import annotations

from collections.abc import Callable

from reloc.engine import Engine


class CurrentMap:
    """An engine, or the reason why there is none."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Drop the map."""
        self.engine: Engine | None = None
        self.why_none: Callable[[], str] = _no_map


def map_frame(engine: Engine | None, named: str) -> str:
    """Return the frame of published poses: ``named`` if given, else the map's own, else ``map``."""
    return named or (engine.reference_map.frame if engine else "map")


def _no_map() -> str:
    return "No map is loaded"
