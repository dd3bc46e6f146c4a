"""Draw errors: cumulative curves, and frame by frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reloc.evaluation.outcome import Errors, QueryOutcome
from reloc.pages import style


@style.styled
def draw_cumulative(outcomes: Sequence[QueryOutcome]) -> Figure:
    """Draw the share of all queries with truth that is answered within an error, beside retrieval's."""
    total = sum(o.world_from_true is not None for o in outcomes)
    answers = [o.errors for o in outcomes if o.errors is not None]
    baseline = [o.baseline for o in outcomes if o.baseline is not None]
    figure, (left, right) = style.new_figure(9.6, 3.2, columns=2)
    for axes, name, unit, scale, bound in (
        (left, "translation_m", "position error [cm]", 100.0, 5.0),
        (right, "rotation_deg", "orientation error [deg]", 1.0, 5.0),
    ):
        _curve(axes, baseline, name, scale, total, style.BASELINE, "nearest reference")
        _curve(axes, answers, name, scale, total, style.ANSWER, "answers")
        axes.axvline(bound, color="#6b7280", lw=0.9, ls=":")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_ylim(0.0, 1.02)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.set_xlabel(unit)
    left.set_ylabel("of all queries")
    left.legend(loc="lower right")
    return figure


@style.styled
def draw_by_frame(outcomes: Sequence[QueryOutcome]) -> Figure:
    """Draw the position error of each query in order, with marks where it was lost."""
    figure, (axes,) = style.new_figure(9.6, 2.7)
    # NaN without an error, so that the line has a gap there.
    errors = [max(o.errors.translation_m * 100.0, 1e-3) if o.errors else np.nan for o in outcomes]
    axes.plot(errors, "o-", color=style.ANSWER, ms=3, lw=0.8, label="position error")
    lost = [i for i, o in enumerate(outcomes) if o.world_from_true is not None and o.errors is None]
    if lost:
        axes.plot(
            lost,
            np.full(len(lost), 0.03),
            "x",
            color=style.BAD,
            mew=1.6,
            transform=axes.get_xaxis_transform(),
            label="lost",
        )
    axes.axhline(5.0, color="#6b7280", lw=0.9, ls=":")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlim(-1, len(outcomes))
    axes.set_xlabel("query, in order")
    axes.set_ylabel("[cm]")
    axes.legend(loc="upper right", ncols=2)
    return figure


def _curve(axes: Axes, errors: Sequence[Errors], name: str, scale: float, total: int, colour: str, label: str) -> None:
    if not errors:
        return
    values = np.sort([max(getattr(e, name) * scale, 1e-3) for e in errors])
    share = np.arange(1, len(values) + 1) / total
    axes.step(
        np.append(values, values[-1] * 10), np.append(share, share[-1]), where="post", color=colour, lw=1.8, label=label
    )
