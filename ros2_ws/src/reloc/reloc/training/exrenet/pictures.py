"""Draw pictures for the report: training pairs, errors, and the worst pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from reloc.datatypes import UInt8
from reloc.pages.style import ANSWER, REFERENCE_COLOR, TRUTH, new_figure, styled
from reloc.training.exrenet.batches import batch, some_pairs
from reloc.training.exrenet.errors import PairErrors
from reloc.training.exrenet.material import ExReNetMaterial
from reloc.training.report.tiles import COLUMNS, tiles
from reloc.training.rooms.rooms import HELD_OUT

_DRAW = 5  # place of the generator that draws the examples
ROWS = 3
WORST = 6


def draw_all(task: ExReNetMaterial, network: Any, folder: Path) -> Sequence[tuple[str, Path]]:
    """Write the pictures into ``folder``; return captions and files."""
    folder.mkdir(parents=True, exist_ok=True)
    errors = task.errors(network)
    (folder / "errors.svg").write_text(_errors(errors), encoding="utf-8")
    learned = batch(task.rooms, (task.seed, _DRAW), range(ROWS * 2))
    examples = [_side_by_side(learned, i) for i in range(0, len(learned["query"]), 2)][: ROWS * COLUMNS // 2]
    rotation = np.nan_to_num(errors.rotation_deg, nan=np.inf)
    worst = np.argsort(rotation)[::-1][:WORST]
    figures = ", ".join(f"{errors.direction_deg[i]:.0f}° and {rotation[i]:.0f}°" for i in worst)
    return [
        ("Errors on pairs of views of held-out worlds", folder / "errors.svg"),
        ("Some of the training pairs, reference and query",
         tiles(folder / "learned_from.jpg", examples, COLUMNS // 2)),
        (f"The worst held-out pairs, with errors of direction and rotation of {figures}",
         tiles(folder / "worst.jpg", [_held_out_pair(task, i) for i in worst], COLUMNS // 2)),
    ]  # fmt: skip


def _side_by_side(given: dict[str, Any], pair: int) -> UInt8:
    image = given["image"]
    return np.hstack([image[given["reference"][pair]], image[given["query"][pair]], np.full_like(image[0][:, :4], 255)])


def _held_out_pair(task: ExReNetMaterial, number: int) -> UInt8:
    """Return the pair with this number among all validation pairs."""
    for world in range(task.config.held_out):
        group = some_pairs(task.rooms.room(HELD_OUT, world), task.config, world)
        if number < len(group["query"]):
            return _side_by_side(group, number)
        number -= len(group["query"])
    raise IndexError(number)


@styled
def _errors(errors: PairErrors) -> Figure:
    figure, axes = new_figure(9.0, 3.0, columns=3)
    named = (
        (errors.direction_deg, "direction [degrees]", 90.0),
        (errors.rotation_deg, "rotation [degrees]", 45.0),
        (errors.scale_m, "scale [m]", 1.0),
    )
    for part, (values, label, most) in zip(axes, named, strict=True):
        for which, colour, name in ((~errors.sparse, ANSWER, "dense"), (errors.sparse, REFERENCE_COLOR, "sparse")):
            ordered = np.sort(values[which & np.isfinite(values)])
            if len(ordered):
                share = np.arange(1, len(ordered) + 1) / len(ordered)
                part.plot(ordered, share, color=colour, label=f"{name}, median {np.median(ordered):.2g}")
        part.axhline(0.5, color=TRUTH, linewidth=0.6, linestyle=":")
        part.set_xlabel(label)
        part.set_xlim(0.0, most)
        part.set_ylim(0.0, 1.02)
        part.legend(loc="lower right", fontsize="small")
    axes[0].set_ylabel("share of the pairs within")
    return figure
