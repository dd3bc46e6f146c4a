"""List the last changes of state and what the buttons led to."""

from __future__ import annotations

import time
from collections import deque

from reloc.view import words

_KEPT = 200
_LONGEST = 400  # characters of a line


class ChangeLog:
    """Lines with the time of day, the newest first."""

    def __init__(self) -> None:
        self._lines: deque[tuple[str, str]] = deque(maxlen=_KEPT)

    def add(self, text: str) -> None:
        """Add a line."""
        self._lines.appendleft((time.strftime("%H:%M:%S"), text[:_LONGEST]))

    def __len__(self) -> int:
        return len(self._lines)

    def html(self) -> str:
        """Return the lines."""
        return words.box(words.scrolled(words.table(list(self._lines)), lines=10))
