"""Draw pictures for the report: errors of each stage on held-out images, and training examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from reloc.datatypes import UInt8
from reloc.pages.style import ANSWER, REFERENCE_COLOR, TRUTH, new_figure, styled
from reloc.training.camnet.batches import batch
from reloc.training.camnet.judging import Asked, errors
from reloc.training.camnet.material import CamNetMaterial
from reloc.training.camnet.places import EASY, HARD, MODERATE
from reloc.training.report.tiles import tiles

_DRAW = 5  # place of the generator that draws the examples
ROWS = 8


def draw_all(task: CamNetMaterial, network: Any, folder: Path) -> Sequence[tuple[str, Path]]:
    """Write the pictures into ``folder``; return captions and files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "errors.svg").write_text(_errors(task.ask(network)), encoding="utf-8")
    given = batch(task.data, task.config, (task.seed, _DRAW), range(2))
    rows = [row for anchor in np.unique(given["anchor"]) if len(row := _row(given, anchor)) == 4][:ROWS]
    drawn = [("Errors of each stage on held-out images", folder / "errors.svg")]
    if rows:
        words = "Anchors, each with an easy, a moderate and a hard image"
        drawn.append((words, tiles(folder / "learned_from.jpg", [np.hstack(row) for row in rows], 2)))
    return drawn


def _row(given: dict[str, Any], anchor: int) -> list[UInt8]:
    """Return the anchor and one image of each kind; fewer than four images if a kind is missing."""
    of_anchor = given["anchor"] == anchor
    numbers = [given["target"][of_anchor & (given["kind"] == kind)] for kind in (EASY, MODERATE, HARD)]
    return [given["image"][anchor], *(given["image"][number[0]] for number in numbers if len(number))]


@styled
def _errors(asked: list[Asked]) -> Figure:
    figure, axes = new_figure(9.0, 3.0, columns=2)
    truth = np.stack([a.truth for a in asked])
    stages = (
        ("retrieval", [a.retrieval for a in asked], REFERENCE_COLOR), ("coarse", [a.coarse[0] for a in asked], TRUTH),
        ("fine", [a.fine[0] for a in asked], ANSWER),
    )  # fmt: skip
    for part, label, most in ((0, "metres", 2.0), (1, "degrees", 60.0)):
        for name, poses, colour in stages:
            values = errors(np.stack(poses), truth)[part]
            ordered = np.sort(np.rad2deg(values) if part else values)
            share = np.arange(1, len(ordered) + 1) / len(ordered)
            axes[part].plot(ordered, share, color=colour, label=f"{name}, median {np.median(ordered):.2g}")
        axes[part].set_xlabel(label)
        axes[part].set_xlim(0.0, most)
        axes[part].set_ylim(0.0, 1.02)
        axes[part].legend(loc="lower right", fontsize="small")
    axes[0].set_ylabel("share of the images within")
    return figure
