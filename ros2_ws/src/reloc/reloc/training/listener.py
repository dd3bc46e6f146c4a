"""Who is told how training goes: a terminal, a test, nobody."""

from __future__ import annotations

from collections.abc import Mapping


class Listener:
    """Tells nobody; what tells somebody overrides it."""

    def step(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """``done`` of ``total`` steps are done; ``figures`` are the latest of the log."""

    def say(self, text: str) -> None:
        """One line."""
