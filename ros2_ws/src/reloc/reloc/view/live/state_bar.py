"""Draw the states of the last minutes as one bar."""

from __future__ import annotations

from collections import deque
from html import escape

from reloc.view import words
from reloc.view.live.values import STATE_COLORS

SPAN_S = 120.0  # of the bar
_OTHER = "#374151"


class StateBar:
    """States by the time at which each began."""

    def __init__(self) -> None:
        self._begun: deque[tuple[float, str]] = deque(maxlen=2000)

    def note(self, at_s: float, state: str) -> bool:
        """Take the state at a time; return whether it changed."""
        if self._begun and self._begun[-1][1] == state:
            return False
        self._begun.append((at_s, state))
        return True

    def shares(self, now_s: float) -> list[tuple[str, float]]:
        """Return the states of the bar in order, and the share of the bar, 0 to 1, that each fills."""
        start, found = now_s - SPAN_S, list[tuple[str, float]]()
        ends = [*(at for at, _ in list(self._begun)[1:]), now_s][: len(self._begun)]
        for (at, state), end in zip(self._begun, ends, strict=True):
            length = min(end, now_s) - max(at, start)
            if length > 0:
                found.append((state, length / SPAN_S))
        return found

    def html(self, now_s: float) -> str:
        """Return the bar and the names of its colors."""
        shares = self.shares(now_s)
        empty = max(0.0, 1.0 - sum(share for _, share in shares))
        parts = [f'<div style="width:{empty * 100:.2f}%"></div>'] + [
            f'<div title="{escape(state)}" style="width:{share * 100:.2f}%;background:{color(state)}"></div>'
            for state, share in shares
        ]
        bar = (
            '<div id="reloc-timeline" style="display:flex;height:1.1em;border-radius:3px;overflow:hidden;'
            f'background:#eceff3">{"".join(parts)}</div>'
        )
        there = dict.fromkeys(state for state, _ in shares)
        marks = "".join(
            f'<span style="margin-right:0.8em;white-space:nowrap"><span style="color:{color(state)}">■</span> '
            f"{escape(state)}</span>"
            for state in there
        )
        ends = (
            '<div style="display:flex;justify-content:space-between;opacity:0.6">'
            f"<span>{SPAN_S / 60:.0f} min ago</span><span>now</span></div>"
        )
        return words.box(bar, ends, marks)


def color(state: str) -> str:
    """Return the color of a state as ``#rrggbb``."""
    return STATE_COLORS.get(state, _OTHER)
