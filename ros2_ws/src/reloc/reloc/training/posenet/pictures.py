"""Draw pictures for the report: training images, errors, and their positions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from reloc.pages.style import ANSWER, BAD, REFERENCE_COLOR, TRUTH, new_figure, styled
from reloc.training.posenet.errors import PoseErrors
from reloc.training.posenet.material import PoseNetMaterial
from reloc.training.report.tiles import COLUMNS, tiles
from reloc.training.seeds import generator

_DRAW = 5  # place of the generator that draws the examples
ROWS = 3
WORST = 6


def draw_all(task: PoseNetMaterial, network: Any, folder: Path) -> Sequence[tuple[str, Path]]:
    """Write the pictures into ``folder``; return captions and files."""
    folder.mkdir(parents=True, exist_ok=True)
    errors = task.errors(network)
    places = task.references.world_from_cam[:, :3, 3]
    written = [
        ("Held-out references from above: true and predicted positions", "plan.svg",
         _plan(errors, places[task.learned])),
        ("Errors on held-out references", "errors.svg", _errors(errors)),
    ]  # fmt: skip
    pictures = []
    for caption, name, svg in written:
        (folder / name).write_text(svg, encoding="utf-8")
        pictures.append((caption, folder / name))
    views = task.views_at(task.config.side)
    samples = [views.draw(generator(task.seed, _DRAW, i)).image for i in range(COLUMNS * ROWS)]
    pictures.append(("Some of the training images", tiles(folder / "learned_from.jpg", samples)))
    worst = np.argsort(errors.metres)[::-1][:WORST]
    images = [task.references.views[task.held_out[i]].image for i in worst]
    figures = ", ".join(f"{errors.metres[i]:.2f} m {errors.degrees[i]:.0f}°" for i in worst)
    pictures.append((f"The worst held-out references: {figures}", tiles(folder / "worst.jpg", images)))
    return pictures


@styled
def _plan(errors: PoseErrors, learned: np.ndarray) -> Figure:
    """Plot positions along the two axes in which the references vary most: the floor, for most robots."""
    figure, (axes,) = new_figure(7.0, 5.0)
    x, y = sorted(np.argsort(learned.std(axis=0))[1:])
    axes.scatter(learned[:, x], learned[:, y], s=5, color=REFERENCE_COLOR, label="learned from")
    for place, truth in zip(errors.position, errors.truth, strict=True):
        axes.plot([truth[x], place[x]], [truth[y], place[y]], color=BAD, linewidth=0.8)
    axes.scatter(errors.truth[:, x], errors.truth[:, y], s=12, color=TRUTH, label="held out", zorder=3)
    axes.scatter(errors.position[:, x], errors.position[:, y], s=12, color=ANSWER, label="answer", zorder=3)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel(f"{'xyz'[x]} [m]")
    axes.set_ylabel(f"{'xyz'[y]} [m]")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


@styled
def _errors(errors: PoseErrors) -> Figure:
    figure, axes = new_figure(8.0, 3.0, columns=2)
    for part, values, unit in ((axes[0], errors.metres, "m"), (axes[1], errors.degrees, "degrees")):
        ordered = np.sort(values)
        part.plot(ordered, np.arange(1, len(ordered) + 1) / len(ordered), color=ANSWER)
        part.axvline(float(np.median(values)), color=TRUTH, linewidth=0.8, linestyle=":")
        part.set_title(f"median {np.median(values):.2f} {unit}")
        part.set_xlabel(unit)
        part.set_xlim(left=0.0)
        part.set_ylim(0.0, 1.02)
    axes[0].set_ylabel("share of the images within")
    return figure
