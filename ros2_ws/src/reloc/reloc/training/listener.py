"""The interface for reports on training: for a terminal or a test."""

from __future__ import annotations

from collections.abc import Mapping


class Listener:
    """Report nothing; subclasses override it."""

    def step(self, done: int, total: int, figures: Mapping[str, float]) -> None:
        """Report that ``done`` of ``total`` steps are done; ``figures`` are the latest of the log."""

    def say(self, text: str) -> None:
        """Report one line."""
