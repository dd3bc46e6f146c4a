"""Draw the picture of ARCHITECTURE.md: the flow from an image to a pose or Lost.

python tools/draw_flow.py [--out docs/flow.png]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUT = Path(__file__).resolve().parents[1] / "docs" / "flow.png"
_WIDE, _HIGH = 11.2, 4.6  # inches; coordinates below are inches, too
_EDGE, _RED, _GRAY = "#1f4e79", "#b03a2e", "#555555"


@dataclass(frozen=True)
class Box:
    """A part of the system: its task, and its file or folder."""

    x: float  # x of its center
    y: float
    width: float
    name: str
    where: str
    fill: str = "#dcebf7"
    height: float = 0.82

    @property
    def left(self) -> tuple[float, float]:
        """Middle of the left edge."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> tuple[float, float]:
        """Middle of the right edge."""
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> tuple[float, float]:
        """Middle of the upper edge."""
        return self.x, self.y + self.height / 2

    @property
    def bottom(self) -> tuple[float, float]:
        """Middle of the lower edge."""
        return self.x, self.y - self.height / 2


IMAGE = Box(0.95, 3.1, 1.5, "image, camera", "queries.py", "#f4f4f4")
METHOD = Box(3.2, 3.1, 1.9, "retrieve, localize", "localizers/, estimators/")
CALIBRATE = Box(5.7, 3.1, 1.5, "calibrate", "trust/calibration/")
GATE = Box(7.75, 3.1, 1.3, "gate", "trust/gate.py")
LOOK = Box(9.95, 3.1, 1.7, "Look", "pose, TF, status", "#f4f4f4")
VERIFY = Box(7.75, 1.65, 1.5, "verify", "trust/verification/")
MAP = Box(4.45, 0.5, 2.6, "map", "maps/: images, landmarks, calibration", "#fdf1d6", 0.72)
ODOMETRY = Box(9.95, 1.65, 1.7, "odometry", "TF odom → camera", "#f4f4f4")


def draw(out: Path) -> None:
    """Write the picture. The same version of matplotlib writes the same bytes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    figure = pyplot.figure(figsize=(_WIDE, _HIGH), dpi=110)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, _WIDE), ylim=(0, _HIGH))
    axes.axis("off")
    frame = Rectangle((2.02, 1.05), 6.7, 3.25, fill=False, edgecolor=_GRAY, linestyle=(0, (4, 3)), linewidth=1.0)
    axes.add_patch(frame)
    axes.text(2.12, 4.08, "relocalizer.py composes these", fontsize=9, color=_GRAY, va="center")
    for box in (IMAGE, METHOD, CALIBRATE, GATE, LOOK, VERIFY, MAP, ODOMETRY):
        _box(axes, box)
    _arrow(axes, IMAGE.right, METHOD.left, "")
    _arrow(axes, METHOD.right, CALIBRATE.left, "Localized")
    _arrow(axes, CALIBRATE.right, GATE.left, "")
    _arrow(axes, GATE.right, LOOK.left, "")
    _elbow(axes, [METHOD.top, (METHOD.x, 3.9), (GATE.x, 3.9), GATE.top], "Lost, with a reason", _RED)
    x = GATE.x
    _arrow(axes, (x - 0.2, GATE.bottom[1]), (x - 0.2, VERIFY.top[1]), "")
    _arrow(axes, (x + 0.2, VERIFY.top[1]), (x + 0.2, GATE.bottom[1]), "")
    axes.text(x - 0.3, 2.375, "an answer that\nit did not expect", fontsize=8, ha="right", va="center", color=_GRAY)
    _elbow(axes, [(MAP.x - 1.25, MAP.top[1]), (MAP.x - 1.25, METHOD.bottom[1])], "", _GRAY)
    _elbow(axes, [(MAP.x + 1.25, MAP.top[1]), (MAP.x + 1.25, CALIBRATE.bottom[1])], "", _GRAY)
    _elbow(axes, [MAP.right, (VERIFY.x, MAP.y), VERIFY.bottom], "", _GRAY)
    _elbow(axes, [ODOMETRY.left, (9.0, ODOMETRY.y), (9.0, 2.85), (GATE.right[0], 2.85)], "", _GRAY)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, metadata={"Software": None})
    pyplot.close(figure)


def _box(axes: Axes, box: Box) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = f"round,pad=0,rounding_size={0.08}"
    corner = (box.x - box.width / 2, box.y - box.height / 2)
    axes.add_patch(FancyBboxPatch(corner, box.width, box.height, shape, facecolor=box.fill, edgecolor=_EDGE, lw=1.2))
    axes.text(box.x, box.y + 0.13, box.name, fontsize=11, ha="center", va="center", weight="bold")
    axes.text(box.x, box.y - 0.18, box.where, fontsize=8, ha="center", va="center", color=_GRAY)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], text: str) -> None:
    axes.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": _EDGE, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    )
    if text:
        axes.text((start[0] + end[0]) / 2, start[1] + 0.13, text, fontsize=8, ha="center", color=_EDGE)


def _elbow(axes: Axes, points: list[tuple[float, float]], text: str, color: str) -> None:
    """Draw a line along ``points`` that ends in an arrow, with a text on its second part."""
    xs, ys = zip(*points[:-1], strict=True)
    axes.plot(xs, ys, color=color, lw=1.4, solid_capstyle="butt")
    axes.annotate(
        "",
        points[-1],
        points[-2],
        arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.4, "shrinkA": 0, "shrinkB": 0},
    )
    if text:
        axes.text((points[1][0] + points[2][0]) / 2, points[1][1] + 0.07, text, fontsize=8, ha="center", color=color)


def main() -> None:
    """Draw the picture into the file that the command line names."""
    parser = argparse.ArgumentParser(description="Draw the picture of ARCHITECTURE.md.")
    parser.add_argument("--out", type=Path, default=OUT, help="file to write (default: docs/flow.png)")
    draw(parser.parse_args().out)


if __name__ == "__main__":
    main()
