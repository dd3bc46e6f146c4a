"""Draw floor plans: where it works, which places look alike, what to add."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Wedge

from reloc.datatypes import Float64
from reloc.evaluation.coverage.advice import Advice
from reloc.evaluation.coverage.colours import COLOURS, MARKS, WORDS
from reloc.evaluation.coverage.finding import STATES, ReferenceFinding
from reloc.evaluation.coverage.floor import Floor
from reloc.evaluation.coverage.headings import SECTOR_RAD, SECTORS, PlaceHeadings, sector_middle
from reloc.evaluation.coverage.look_alikes import LookAlike
from reloc.pages import style

_WIDTH, _LEAST, _MOST = 9.6, 3.4, 9.0  # inches
_OPEN = "#f3d9b1"
_TICK = 0.022  # length of a heading's line, as a share of the plan's longer side


@style.styled
def draw_states(floor: Floor, findings: Sequence[ReferenceFinding], advice: Sequence[Advice]) -> Figure:
    """Draw each reference by its state, with a line in its direction; failing ones are on top.

    The numbers are those of ``advice``.
    """
    figure, axes = _plan(floor)
    ahead = np.column_stack([np.cos(floor.heading), np.sin(floor.heading)]) * _extent(floor) * _TICK
    for order, state in enumerate(STATES):
        of_it = [one.index for one in findings if one.state == state]
        if not of_it:
            continue
        xy = floor.xy[of_it]
        lines = [[a, a + b] for a, b in zip(xy, ahead[of_it], strict=True) if not np.isnan(b).any()]
        layer = {"works": 2.0, "untried": 1.5}.get(state, 3.0 + 0.1 * order)
        axes.add_collection(LineCollection(lines, colors=COLOURS[state], linewidths=1.0, zorder=layer))
        size = 3.6 if state in ("works", "untried") else 6.0
        label = f"{WORDS[state]} ({len(of_it)})"
        axes.plot(
            *xy.T, MARKS[state], color=COLOURS[state], ms=size, mec="white", mew=0.4, label=label, zorder=layer + 0.05
        )
    _badges(axes, floor, [(np.array(one.at), str(number)) for number, one in enumerate(advice, 1)], COLOURS["fails"])
    _legend(axes)
    return figure


@style.styled
def draw_look_alikes(floor: Floor, found: Sequence[LookAlike]) -> Figure:
    """Draw a line between each reference and its look-alike, with the pair's letter at both ends."""
    figure, axes = _plan(floor)
    axes.plot(*floor.xy.T, "o", color=style.REFERENCE_COLOR, ms=2.2, zorder=1)
    for one in reversed(found):
        pairs = np.array([(pair.reference, pair.rival) for pair in one.pairs])
        colour = COLOURS["wrong"] if one.count("wrong") else COLOURS["ambiguous"]
        axes.add_collection(LineCollection(list(floor.xy[pairs]), colors=colour, linewidths=0.8, alpha=0.6, zorder=2))
        axes.plot(*floor.xy[pairs.ravel()].T, "o", color=colour, ms=3.2, zorder=3)
    ends = [(floor.xy[end], one.letter) for one in found for end in (one.worst.reference, one.worst.rival)]
    _badges(axes, floor, ends, COLOURS["fails"])
    return figure


@style.styled
def draw_headings(floor: Floor, places: Sequence[PlaceHeadings], advice: Sequence[Advice]) -> Figure:
    """Draw a wheel at each place, filled where a view exists; numbers and arrows show where to add views."""
    figure, axes = _plan(floor)
    axes.plot(*floor.xy.T, "o", color=style.REFERENCE_COLOR, ms=1.8, zorder=1, label="references")
    radius = min(0.42, 0.03 * _extent(floor))
    for covered, colour, label in ((True, COLOURS["works"], "has views"), (False, _OPEN, "has no view")):
        wedges = [
            Wedge(tuple(floor.xy[place.references[0]]), radius, *_degrees(int(sector)), width=radius * 0.55)
            for place in places
            for sector in np.flatnonzero(place.covered == covered)
        ]
        axes.add_collection(PatchCollection(wedges, facecolor=colour, edgecolor="white", linewidths=0.4, zorder=2))
        axes.plot([], [], "s", color=colour, ms=7, label=label)
    for one in advice:
        if one.towards is not None:
            way = np.subtract(one.towards, one.at)
            end = np.add(one.at, way / max(float(np.linalg.norm(way)), 1e-9) * 2.6 * radius)
            arrow = {"arrowstyle": "-|>", "color": COLOURS["fails"], "lw": 1.3, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", tuple(end), one.at, arrowprops=arrow, zorder=4)
    _badges(axes, floor, [(np.array(one.at), str(number)) for number, one in enumerate(advice, 1)], COLOURS["wrong"])
    _legend(axes)
    return figure


def _plan(floor: Floor) -> tuple[Figure, Axes]:
    """Return axes as high as the plan needs at full width."""
    wide, high = np.maximum(np.ptp(floor.xy, axis=0), 0.5)
    height = float(np.clip(_WIDTH * high / wide + 1.0, _LEAST, _MOST))
    figure, (axes,) = style.new_figure(_WIDTH, height)
    axes.set_xlabel(floor.labels[0])
    axes.set_ylabel(floor.labels[1])
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    return figure, axes


def _extent(floor: Floor) -> float:
    return float(max(np.ptp(floor.xy, axis=0).max(), 1.0))


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, handletextpad=0.4, columnspacing=1.4)


def _degrees(sector: int) -> tuple[float, float]:
    middle, half = np.rad2deg(sector_middle(sector)), np.rad2deg(SECTOR_RAD) / 2
    return float(middle - half), float(middle + half)


def _badges(axes: Axes, floor: Floor, texts: Sequence[tuple[Float64, str]], colour: str) -> None:
    """Draw texts in circles beside their points, moved apart if they would overlap."""
    apart = 0.034 * _extent(floor)
    taken = list[Float64]()
    rings = [np.array([np.cos(a), np.sin(a)]) * apart * ring for ring in (1, 2, 3, 4) for a in _angles(ring)]
    for point, text in texts:
        free = (point + way for way in rings if all(np.linalg.norm(point + way - one) > apart for one in taken))
        at = next(free, point)
        taken.append(at)
        box = {"boxstyle": "circle,pad=0.22", "fc": colour, "ec": "white", "lw": 0.8}
        line = {"arrowstyle": "-", "color": colour, "lw": 0.7, "shrinkA": 0, "shrinkB": 0}
        axes.annotate(
            text, tuple(point), tuple(at), color="white", weight="bold", fontsize=8, ha="center", va="center",
            bbox=box, arrowprops=line, zorder=6,
        )  # fmt: skip


def _angles(ring: int) -> Float64:
    return np.linspace(0.25 * np.pi, 2.25 * np.pi, SECTORS * ring, endpoint=False)
