"""Draw losses and scores over the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from reloc.datatypes import Float64
from reloc.pages import style
from reloc.training.logs import HELD_OUT_CURVE, TRAIN

NOT_CURVES = ("kind", "step", "seconds")


def names(entries: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """Return the names of the logged figures, in the order of their first appearance."""
    return list(dict.fromkeys(n for e in entries if e["kind"] == kind for n in e if n not in NOT_CURVES))


@style.styled
def draw(entries: Sequence[Mapping[str, Any]], kind: str, name: str, best_step: int = 0) -> Figure:
    """Draw one figure over the steps: of training, raw and smoothed; of validation, with the best one marked."""
    points = [(e["step"], e[name]) for e in entries if e["kind"] == kind and name in e]
    steps, values = (np.asarray(column, float) for column in zip(*points, strict=True))
    figure, (axes,) = style.new_figure(4.7, 2.5)
    if kind == TRAIN:
        axes.plot(steps, values, color=style.REFERENCE_COLOR, lw=0.8)
        axes.plot(steps, smooth(values), color=style.ANSWER, lw=1.6)
    else:
        axes.plot(steps, values, "o-", color=style.ANSWER, ms=3, lw=1.2)
        if kind == HELD_OUT_CURVE and best_step in steps:
            axes.plot(best_step, values[list(steps).index(best_step)], "o", color=style.BASELINE, ms=7, zorder=3)
    if np.all(values > 0) and values.max() > 20.0 * values.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_title(name.replace("_", " "))
    axes.set_xlabel("step")
    return figure


def smooth(values: Float64) -> Float64:
    """Return (N,) moving averages over a fifteenth of all entries; near the ends, over fewer entries."""
    half = len(values) // 30
    sums = np.concatenate([[0.0], np.cumsum(values)])
    middle = np.arange(len(values))
    begins, ends = np.maximum(0, middle - half), np.minimum(len(values), middle + half + 1)
    return np.asarray((sums[ends] - sums[begins]) / (ends - begins), np.float64)
