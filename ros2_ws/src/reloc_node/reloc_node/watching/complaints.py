"""Log what is wrong, after a delay and not too often, and store it for diagnostics."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from reloc_node.node_log import NodeLog

PATIENCE_S = 2.5  # a problem is reported only after this time, because everything takes a moment to start
PERIOD_S = 30.0  # time between two lines of one kind


class Complaints:
    """Run checks. Each check returns what is wrong as text, empty if nothing is."""

    def __init__(
        self, log: NodeLog, checks: Mapping[str, Callable[[], str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Create it. ``checks`` are by kind of complaint, the most fundamental first; ``clock`` returns seconds."""
        self._log, self._checks, self._clock = log, checks, clock
        self._since: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self.current: dict[str, str] = {}

    def check(self) -> None:
        """Run all checks. Call this about once a second."""
        now = self._clock()
        for kind, check in self._checks.items():
            text = check()
            if not text:
                self._over(kind)
                continue
            if now - self._since.setdefault(kind, now) < PATIENCE_S:
                continue
            self.current[kind] = text
            if now - self._told.get(kind, -PERIOD_S) >= PERIOD_S:
                self._told[kind] = now
                self._log.warning(text)

    def clear(self) -> None:
        """Forget all complaints, because the node was deactivated or starts again."""
        self._since.clear()
        self._told.clear()
        self.current.clear()

    def _over(self, kind: str) -> None:
        self._since.pop(kind, None)
        if self.current.pop(kind, None) is not None:
            self._log.info(f"No longer so: {kind.replace('_', ' ')}")
