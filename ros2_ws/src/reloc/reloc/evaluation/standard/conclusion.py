"""What the page of a published data set says first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reloc.evaluation.standard.tables import TITLES, Figures, Table, median_cell, recall_cell
from reloc.pages.conclusion import FAIR, GOOD, Conclusion


def conclude(made: Sequence[Table], left_out: str) -> Conclusion:
    """Return the best method for each kind of true poses, and whether papers' figures compare.

    Args:
        left_out: what of the splits was not used, as a sentence; empty for the whole splits.
    """
    words = [found for table in made if (found := _best(table))]
    if not words:
        return Conclusion(FAIR, "No method has finished a scene.")
    return Conclusion(FAIR if left_out else GOOD, " ".join([*words, left_out]).rstrip())


def _best(table: Table) -> str:
    """Return the method with the highest recall in the last row, which is the mean of the scenes."""
    scene, row = table.rows[-1]
    ran = [(f.recall, name, f) for name, f in zip(table.methods, row, strict=True) if math.isfinite(f.recall)]
    if not ran:
        return ""
    _, name, figures = max(ran, key=lambda one: one[0])
    where = "on average over the scenes" if scene == "mean" else f"in {scene}"
    return f"By {TITLES[table.truth]}, {name} is best: {_figures(figures)} {where}."


def _figures(f: Figures) -> str:
    return f"median {median_cell(f)}, {recall_cell(f)} within 5 cm and 5 degrees"
