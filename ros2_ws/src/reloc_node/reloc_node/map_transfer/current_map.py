"""The map in use: written by the thread that loads, read by the one that localizes."""

from __future__ import annotations

from collections.abc import Callable

from reloc.engine import Engine


class CurrentMap:
    """An engine, or the reason why there is none."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """No map from now on."""
        self.engine: Engine | None = None
        self.why_none: Callable[[], str] = _no_map


def map_frame(engine: Engine | None, named: str) -> str:
    """The frame of published poses: ``named`` if it is, else as the map has it; ``map`` where there is none."""
    return named or (engine.reference_map.frame if engine else "map")


def _no_map() -> str:
    return "No map is loaded"
