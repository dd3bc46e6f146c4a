"""Draw the curve from evidence to probability with its samples."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure

from reloc.evaluation.coverage.colours import COLOURS
from reloc.pages import style
from reloc.trust.calibration.curve import Curve


@style.styled
def draw(curve: Curve, least: float) -> Figure:
    """Draw the probability over the evidence percentile on the left, and the number of answers per step on the right.

    Args:
        least: probability below which the gate does not count an answer.
    """
    figure, (left, right) = style.new_figure(9.6, 3.0, columns=2)
    edges = np.append(curve.score, 1.0)
    left.stairs(curve.probability, edges, color=COLOURS["works"], lw=2.0, baseline=None)
    left.axhline(least, color="#6b7280", lw=0.9, ls=":")
    left.text(1.0, least - 0.02, "below, an answer does not count", color="#6b7280", ha="right", va="top", fontsize=8.5)
    left.set_xlim(0.0, 1.0)
    left.set_ylim(0.0, 1.03)
    left.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    left.set_xlabel("evidence percentile among right answers")
    left.set_title("probability of being right (lower bound)")
    names = [f"{begin:.1%} to {end:.1%}" for begin, end in pairwise(edges)]
    rights, wrongs = curve.right_in, curve.wrong_in
    right.barh(names, rights, color=COLOURS["works"], height=0.66, label="right")
    right.barh(names, wrongs, left=rights, color=COLOURS["wrong"], hatch="////", ec="white", height=0.66, lw=0,
               label="wrong, weighted")  # fmt: skip
    for row, (good, bad) in enumerate(zip(rights, wrongs, strict=True)):
        text = f"{good:.0f} : {bad:.1f}"
        right.annotate(text, (good + bad, row), (4, 0), textcoords="offset points", va="center", fontsize=8.5)
    right.margins(x=0.18)
    right.grid(False, axis="y")
    right.set_title("answers in each step, right : wrong")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, -0.34), ncols=2)
    return figure
