"""Count a localizer's looks since its activation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from reloc_node.conversions.status import reason
from reloc_node.look import FrameLook


@dataclass(slots=True)
class Counters:
    """Counts of looks; written by the worker's thread, read by the diagnostics timer."""

    looked: int = 0
    accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    last: FrameLook | None = None

    def add(self, look: FrameLook) -> None:
        """Count a look."""
        self.looked += 1
        self.accepted += look.verdict.accepted
        if not look.verdict.accepted:
            self.reasons[reason(look)[0]] += 1
        self.last = look
