"""The papers' tables: median errors by scene, and the share of queries within 5 cm and 5 degrees.

A query without a pose counts: it is not within any bound, and its error is infinite. So a method cannot better its
median by refusing what is difficult.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reloc.evaluation import metrics
from reloc.evaluation.standard.suites import OFFICIAL, SFM

WITHIN_M, WITHIN_DEG = 0.05, 5.0
TITLES = {OFFICIAL: "official poses", SFM: "poses by structure from motion"}


@dataclass(frozen=True, slots=True)
class Figures:
    """One method in one scene. Without queries the figures are NaN."""

    queries: int
    answered: int
    median_m: float  # over all queries; infinite if half are lost
    median_deg: float
    recall: float  # share within 5 cm and 5 degrees, of all queries
    ms: float  # median wall time
    cannot: str = ""  # why the method did not run


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of true poses."""

    truth: str
    methods: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figures, ...]], ...]  # scene, one for each method; the last row is the mean of all


def figures(found: Mapping[str, Any]) -> Figures:
    """Return the figures of the values that a file holds for one method."""
    queries = list(found.get("queries", {}).values())
    answers = [q for q in queries if "m" in q]
    far = [math.inf] * (len(queries) - len(answers))
    metres, degrees = ([q[name] for q in answers] for name in ("m", "deg"))
    return Figures(
        len(queries), len(answers), middle([*metres, *far]), middle([*degrees, *far]),
        metrics.recall(metres, degrees, WITHIN_M, WITHIN_DEG, len(queries)), metrics.median([q["ms"] for q in queries]),
        found.get("cannot", ""),
    )  # fmt: skip


def middle(values: Sequence[float]) -> float:
    """Return the median, where some values may be infinite; NaN without values."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return math.nan
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def tables(scenes: Mapping[str, Any], methods: Sequence[str]) -> list[Table]:
    """Return a table for each kind of true poses."""
    made = []
    for truth in TITLES:
        there = {name: truths[truth] for name, truths in scenes.items() if truth in truths}
        if not there:
            continue
        rows = [(name, tuple(figures(found["methods"].get(m, {})) for m in methods)) for name, found in there.items()]
        if len(rows) > 1:
            rows.append(("mean", tuple(_mean([row[i] for _, row in rows]) for i in range(len(methods)))))
        made.append(Table(truth, tuple(methods), tuple(rows)))
    return made


def _mean(of: Sequence[Figures]) -> Figures:
    """Return the mean over the scenes, as papers give it; the last row of a table."""
    ran = [f for f in of if f.queries]
    if not ran or len(ran) < len(of):
        return Figures(0, 0, math.nan, math.nan, math.nan, math.nan)
    count = len(ran)
    return Figures(
        sum(f.queries for f in ran), sum(f.answered for f in ran), sum(f.median_m for f in ran) / count,
        sum(f.median_deg for f in ran) / count, sum(f.recall for f in ran) / count, sum(f.ms for f in ran) / count,
    )  # fmt: skip


def median_cell(f: Figures) -> str:
    """Return ``0.3 cm, 0.16 deg``, or that there is none."""
    if not f.queries:
        return "not run" if f.cannot else "–"
    if not math.isfinite(f.median_m):
        return "half are lost"
    return f"{f.median_m * 100:.{2 if f.median_m < 0.01 else 1}f} cm, {f.median_deg:.2f} deg"


def recall_cell(f: Figures) -> str:
    """Return ``98.0 %``."""
    return f"{f.recall:.1%}".replace("%", " %") if math.isfinite(f.recall) else "–"


def as_text(title: str, made: Sequence[Table]) -> str:
    """Return all tables for a terminal: a row for each scene, two columns for each method."""
    blocks = []
    for table in made:
        head = ["", *table.methods]
        medians = [[scene, *map(median_cell, row)] for scene, row in table.rows]
        recalls = [[scene, *map(recall_cell, row)] for scene, row in table.rows]
        answered = [
            [scene, *(f"{f.answered} of {f.queries}" if f.queries else "–" for f in row)] for scene, row in table.rows
        ]
        for what, rows in (("median error", medians), ("within 5 cm, 5 deg", recalls), ("answered", answered)):
            blocks.append(f"{title}, {TITLES[table.truth]}: {what}\n{_aligned([head, *rows])}")
    blocks += [f"not run: {method}: {why}" for method, why in not_run(made)]
    return "\n\n".join(blocks)


def not_run(made: Sequence[Table]) -> list[tuple[str, str]]:
    """Return the methods that could not run and why, each reason once."""
    found = {
        (method, f.cannot): None
        for table in made
        for _, row in table.rows
        for method, f in zip(table.methods, row, strict=True)
        if f.cannot
    }
    return list(found)


def left_out(settings: Mapping[str, Any]) -> str:
    """Return a sentence that says what of the splits was not used; empty for the whole splits."""
    parts = [
        f"one training image of {settings['map_every']}" if settings["map_every"] > 1 else "",
        f"one query of {settings['every']}" if settings["every"] > 1 else "",
        f"at most {settings['limit']} queries of a scene" if settings["limit"] else "",
    ]
    used = ", ".join(part for part in parts if part)
    return f"Not the whole splits, so not to be compared with papers: {used}." if used else ""


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
