"""Draw the time to recover, and the places of the kidnaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reloc.datatypes import Float64
from reloc.evaluation.report.top_view import find_ground
from reloc.kidnap.episode import Episode
from reloc.pages import style

_SOFT = "#9ca3af"


@style.styled
def draw_times(episodes: Sequence[Episode], recoverable: Sequence[str], longest_s: float) -> Figure:
    """Draw the share of kidnaps that recovered within a time, for each disturbance. Slow disturbances are named."""
    figure, (axes,) = style.new_figure(9.6, 3.4)
    axes.axvline(1.0, color="#6b7280", lw=0.9, ls=":")
    demanded = [episode for episode in episodes if episode.disturbance in recoverable]
    for name in recoverable:
        _curve(axes, [e for e in demanded if e.disturbance == name], _SOFT, 1.0, "", longest_s)
    _curve(axes, [e for e in demanded if e.disturbance == "none"], style.TRUTH, 1.6, "none", longest_s)
    _curve(axes, demanded, style.ANSWER, 2.2, "all disturbances that require recovery", longest_s)
    axes.plot([], [], color=_SOFT, lw=1.0, label="one disturbance")
    axes.set_xlim(0.0, longest_s)
    axes.set_ylim(0.0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_xlabel("seconds since the first image after the kidnap")
    axes.set_ylabel("recovered")
    axes.legend(loc="lower right")
    return figure


def _curve(axes: Axes, episodes: Sequence[Episode], colour: str, width: float, label: str, longest_s: float) -> None:
    if not episodes:
        return
    # The last image of a drive may take long, so later times are not drawn.
    times = np.sort([e.recovered_s for e in episodes if e.recovered_s is not None and e.recovered_s <= longest_s])
    share = np.arange(len(times) + 1) / len(episodes)
    seconds = np.concatenate([[0.0], times, [longest_s]])
    axes.step(seconds, np.append(share, share[-1]), where="post", color=colour, lw=width, label=label or None)


@style.styled
def draw_places(episodes: Sequence[Episode], world_from_ref: Float64, recoverable: Sequence[str]) -> Figure:
    """Draw the places of the kidnaps from above: recovered, not recovered although required, and false recoveries."""
    ground = find_ground(world_from_ref)
    figure, (axes,) = style.new_figure(7.4, 5.0)
    axes.plot(*ground.flat(world_from_ref[:, :3, 3]).T, "o", color=style.REFERENCE_COLOR, ms=2.5, label="references")
    placed = [e for e in episodes if e.end_xyz is not None]
    groups = (
        ("recovered", style.ANSWER, "o", 4.0, [e for e in placed if e.recovered_s is not None and not e.false]),
        (
            "not recovered",
            style.BASELINE,
            "s",
            5.0,
            [e for e in placed if e.recovered_s is None and not e.false and e.disturbance in recoverable],
        ),
        ("false recovery", style.BAD, "X", 8.0, [e for e in placed if e.false]),
    )
    for label, colour, marker, size, group in groups:
        if group:
            points = ground.flat(np.array([e.end_xyz for e in group]))
            axes.plot(*points.T, marker, color=colour, ms=size, label=f"{label} ({len(group)})")
    axes.set_xlabel(ground.labels[0])
    axes.set_ylabel(ground.labels[1])
    axes.set_aspect("equal", adjustable="datalim")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return figure
