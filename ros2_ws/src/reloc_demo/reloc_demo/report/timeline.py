"""What happened when: errors, states, and why frames gave no pose."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from reloc.pages.style import ANSWER, BAD, BASELINE, styled
from reloc_demo.referee.recording import Status
from reloc_demo.report.story import Story

_COLOURS = {
    "UNLOCALIZED": "#cbd5e1",
    "TRACKING": "#86c995",
    "COASTING": "#c9e4a1",
    "SUSPECT": "#f2c94c",
    "LOST": "#e98888",
    "RELOCALIZING": "#8fb8ee",
}


@styled
def timeline(story: Story, statuses: tuple[Status, ...], start_ns: int) -> Figure:
    """Position errors, the localizer's state, and the fate of every image, over the tour's seconds."""
    figure = Figure(figsize=(11.5, 6.2), layout="constrained")
    errors, states, reasons = figure.subplots(3, 1, sharex=True, height_ratios=(3.2, 0.5, 2.0))
    _draw_errors(errors, story)
    _draw_states(states, statuses, start_ns)
    _draw_reasons(reasons, statuses, start_ns)
    for axes in (errors, states, reasons):
        for begin, end in story.kidnap_time:
            axes.axvspan(begin, max(end, begin + 0.06), color=BAD, alpha=0.16, lw=0)
            axes.axvline(begin, color=BAD, lw=1.0)
    for number, (begin, _) in enumerate(story.kidnap_time, 1):
        box = {"boxstyle": "circle,pad=0.2", "fc": BAD, "ec": "none"}
        place = {"xycoords": ("data", "axes fraction"), "bbox": box, "ha": "center", "va": "center"}
        errors.annotate(str(number), (begin, 1.0), color="white", weight="bold", fontsize=8, **place)
    reasons.set_xlim(story.time[0], story.time[-1])
    reasons.set_xlabel("seconds of the tour")
    return figure


def _draw_errors(axes: Axes, story: Story) -> None:
    axes.semilogy(
        story.time, np.maximum(story.odometry_error, 1e-4), "--", color=BASELINE, lw=1.2, label="odometry alone"
    )
    believed = np.maximum(story.corrected_error, 1e-4)
    axes.semilogy(story.time, believed, color=ANSWER, lw=1.0, alpha=0.7, label="map → odom → base_link")
    axes.semilogy(story.published_time, story.published_error, ".", color="#1e3a8a", ms=4, label="published poses")
    axes.axhline(0.5, color=BAD, lw=0.9, ls=":", label="wrong above")
    axes.set_ylim(2e-4, 30)
    axes.set_ylabel("position error, m")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=4)


def _draw_states(axes: Axes, statuses: tuple[Status, ...], start_ns: int) -> None:
    at = [(s.received_ns - start_ns) * 1e-9 for s in statuses]
    for k, status in enumerate(statuses):
        until = at[k + 1] if k + 1 < len(at) else at[k] + 0.1
        axes.axvspan(at[k], until, color=_COLOURS[status.state], lw=0)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_ylabel("state", rotation=0, ha="right", va="center")
    used = [state for state in _COLOURS if any(s.state == state for s in statuses)]
    axes.legend([Patch(fc=_COLOURS[state]) for state in used], used, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _draw_reasons(axes: Axes, statuses: tuple[Status, ...], start_ns: int) -> None:
    kinds = sorted({s.reason or "unknown" for s in statuses if not s.accepted})
    rows = ["published", *kinds]
    for s in statuses:
        row = 0 if s.accepted else rows.index(s.reason or "unknown")
        axes.plot((s.stamp_ns - start_ns) * 1e-9, row, "|", color=ANSWER if s.accepted else "#6b7280", ms=9)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_title("every image that was looked at")
