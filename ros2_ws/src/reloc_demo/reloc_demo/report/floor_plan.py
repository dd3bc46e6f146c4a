"""Draw a floor plan of the house with the robot's paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import NDArray

from reloc.pages.style import ANSWER, BAD, BASELINE, TRUTH, new_figure, styled
from reloc_demo.report.story import Story
from reloc_demo.world.scene import DemoWorld

Float64 = NDArray[np.float64]
_TALL = 1.3  # obstacles that begin above this are not drawn
NAVY = "#1e3a8a"
_JUMP = 0.4  # points farther apart than this are not connected by a line, meters


@styled
def floor_plan(world: DemoWorld, story: Story) -> Figure:
    """Draw true, odometry and corrected paths, published poses and kidnaps."""
    figure, (axes,) = new_figure(11.5, 8.4)
    _draw_house(axes, world)
    _way(axes, np.where(story.carried[:, None], np.nan, story.truth_xy), TRUTH, "true", 3.2)
    _way(axes, story.odometry_xy, BASELINE, "odometry alone", 1.4, "--")
    _way(axes, story.corrected_xy, ANSWER, "corrected: map → odom → base_link", 1.4)
    published = story.published_xy
    label = f"published poses ({len(published)})"
    axes.plot(published[:, 0], published[:, 1], "o", color=NAVY, ms=3.4, mew=0, label=label, zorder=4)
    for number, (begin, end) in enumerate(story.kidnap_xy, 1):
        still = np.linalg.norm(end - begin) < 0.3
        axes.annotate(
            "", tuple(end), tuple(begin), arrowprops={"arrowstyle": "-|>", "color": BAD, "lw": 1.4, "ls": (0, (4, 3))}
        )
        for at in (begin, end):
            axes.plot(*at, "o", color=BAD, ms=6)
        if still:
            axes.add_patch(Circle((float(end[0]), float(end[1])), 0.3, fill=False, ec=BAD, ls="--", lw=1.4))
        middle = tuple((begin + end) / 2 + (0.0, 0.5 if still else 0.28))
        box = {"boxstyle": "circle,pad=0.25", "fc": BAD, "ec": "none"}
        axes.annotate(str(number), middle, color="white", weight="bold", ha="center", va="center", bbox=box, fontsize=9)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=4)
    return figure


def _draw_house(axes: Axes, world: DemoWorld) -> None:
    tints = ("#f8fafc", "#fdf6ec", "#fdf6ec", "#fbeeea", "#eef5ec", "#f2f1f8")
    for room, tint in zip(world.rooms, tints, strict=False):
        (x0, x1), (y0, y1) = room.x, room.y
        axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fc=tint, ec="none", zorder=0))
        name: dict[str, Any] = {
            "color": "#374151",
            "ha": "left",
            "va": "bottom",
            "fontsize": 9.5,
            "style": "italic",
            "zorder": 5,
        }
        axes.annotate(room.name, (x0 + 0.12, y0 + 0.08), **name)
    outlines, colours = [], []
    for solid in world.solids:
        if solid.world_from_box[2, 3] - solid.half[2] > _TALL:
            continue
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * solid.half[:2]
        outlines.append(corners @ solid.world_from_box[:2, :2].T + solid.world_from_box[:2, 3])
        colours.append("#4b5563" if solid.room < 0 else "#d6dae0")
    axes.add_collection(PolyCollection(outlines, facecolors=colours, edgecolors="#c3c8d0", linewidths=0.3, zorder=1))
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.grid(visible=False)
    axes.set_axis_off()


def _way(axes: Axes, xy: Float64, colour: str, label: str, width: float, style: str = "-") -> None:
    """Draw a line through points (N, 2), broken at NaN and at jumps."""
    broken = np.flatnonzero(np.linalg.norm(np.diff(xy, axis=0), axis=1) > _JUMP) + 1
    line = np.insert(xy, broken, np.nan, axis=0)
    axes.plot(line[:, 0], line[:, 1], style, color=colour, lw=width, label=label, zorder=3)
