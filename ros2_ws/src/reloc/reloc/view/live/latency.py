"""Chart the time that each image took, and its age when the answer came."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from reloc.view.live.values import LiveLook

if TYPE_CHECKING:
    from viser import ViserServer

_KEPT = 600
_HEIGHT = 130  # pixels


class LatencyChart:
    """Milliseconds over the seconds of the last minutes."""

    def __init__(self, server: ViserServer) -> None:
        self._looks: deque[tuple[float, float, float]] = deque(maxlen=_KEPT)
        series = (
            {"label": "seconds ago"},
            {"label": "processing [ms]", "stroke": "#0072b2", "width": 1.5},
            {"label": "age of the image [ms]", "stroke": "#d55e00", "width": 1.5},
        )
        zero = np.zeros(1)
        self._plot = server.gui.add_uplot(
            (zero, zero, zero), series, scales={"x": {"time": False}}, height=_HEIGHT, legend={"show": True}
        )

    def add(self, look: LiveLook) -> None:
        """Take one more look."""
        self._looks.append((look.at_s, look.latency_ms, look.age_ms))

    def median_ms(self) -> float:
        """Return the median time of processing; NaN before the first look."""
        return float(np.median([one[1] for one in self._looks])) if self._looks else float("nan")

    def refresh(self, now_s: float, span_s: float) -> None:
        """Show the looks of that time."""
        rows = np.array([one for one in self._looks if now_s - one[0] <= span_s] or [(now_s, 0.0, 0.0)])
        self._plot.data = (rows[:, 0] - now_s, rows[:, 1], rows[:, 2])
