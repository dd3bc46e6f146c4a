"""Draw all figures in one style and embed them in the page."""

from __future__ import annotations

import functools
import hashlib
import io
from collections.abc import Callable
from typing import Any, ParamSpec

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, LogFormatterMathtext

P = ParamSpec("P")

ANSWER, TRUTH, REFERENCE_COLOR, BASELINE, BAD = "#2563eb", "#111827", "#a3aab5", "#d97706", "#dc2626"

_RC: Any = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9ca3af",
    "axes.labelcolor": "#374151",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "grid.linewidth": 0.8,
    "xtick.color": "#4b5563",
    "ytick.color": "#4b5563",
    "legend.frameon": False,
    "axes.formatter.useoffset": False,  # a constant rate would be drawn as 0 with 1e-15+1e-3 above it
    "text.parse_math": False,  # names may hold a dollar sign
    "svg.fonttype": "none",  # text stays text, which is small and searchable
    "svg.hashsalt": "reloc",  # the same data give the same file
}


def styled(draw: Callable[P, Figure]) -> Callable[P, str]:
    """Decorate a function that draws a figure: it uses the common style and becomes an ``<svg>`` element."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> str:
        with matplotlib.rc_context(_RC):
            return _svg(draw(*args, **kwargs))

    return drawn


def new_figure(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure of that size in inches and its axes, left to right. Call it, and draw, in a :func:`styled`
    function.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, [figure.add_subplot(1, columns, i + 1) for i in range(columns)]


class _PlainLogFormatter(LogFormatter):
    """Label the ticks that matplotlib would label, by plain numbers: its formulas are not parsed in this style."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:g}" if super().__call__(x, pos) else ""


def _label_plainly(figure: Figure) -> None:
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        major, minor = axis.get_major_formatter(), axis.get_minor_formatter()
        if isinstance(major, LogFormatterMathtext):
            axis.set_major_formatter(_PlainLogFormatter(labelOnlyBase=major.labelOnlyBase))
        if isinstance(minor, LogFormatterMathtext):
            axis.set_minor_formatter(_PlainLogFormatter(labelOnlyBase=minor.labelOnlyBase))


def _svg(figure: Figure) -> str:
    _label_plainly(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    # Identifiers are unique within one figure only, but several share the page.
    prefix = f"f{hashlib.sha256(text.encode()).hexdigest()[:8]}-"
    for before in ('id="', "url(#", 'href="#'):
        text = text.replace(before, before + prefix)
    return text
