"""Format the figures of `localizers.py` as text and in Markdown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parts.localizers_data import DATA_SETS
from reloc.evaluation import metrics

NEAREST = "nearest reference (VLAD)"
Found = Mapping[str, Mapping[str, dict[str, Any]]]  # by data set and method
_TEXT = ("data", "method", "answered", "median error", "of its retrieval", "better by", "published", "gross",
         "ms", "bytes a reference", "networks", "training")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one method in one data set. A figure is NaN without data."""

    queries: int
    answered: int
    metres: float  # median over the answers; for the nearest reference, over all queries
    degrees: float
    retrieval_m: float
    retrieval_deg: float
    published: int
    gross: int  # number of gross errors among the published poses
    ms: float


def figures(found: Mapping[str, Any]) -> Figures:
    """Return the figures for the queries of one method."""
    queries = list(found.get("queries", {}).values())
    answers = [q for q in queries if q.get("result", "lost") != "lost"]
    retrieval = [_median([q.get(f"retrieval_{unit}") for q in queries]) for unit in ("m", "deg")]
    own = [_median([q[f"error_{unit}"] for q in answers]) for unit in ("m", "deg")]
    return Figures(
        len(queries), len(answers), *own, *retrieval,
        published=sum(q.get("published", "lost") != "lost" for q in queries),
        gross=sum(q.get("published") == "wrong" for q in queries),
        ms=_median([q.get("bare_ms") for q in queries]),
    )  # fmt: skip


def as_text(data: Found, clock: str) -> str:
    """Return a row for each method and data set."""
    rows = [_TEXT]
    for name, methods in data.items():
        nearest = figures(methods.get(NEAREST, {}))
        for method, found in methods.items():
            f = figures(found)
            cost = _costs(found)
            if method == NEAREST:
                error = _error(f.retrieval_m, f.retrieval_deg)
                rows.append((name, method, f"{f.queries} of {f.queries}", error, *[""] * 8))
                continue
            if "cannot" in found and not f.queries:
                rows.append((name, method, found["cannot"], *[""] * 9))
                continue
            base = (f if math.isfinite(f.retrieval_m) else nearest).retrieval_m
            base_deg = (f if math.isfinite(f.retrieval_deg) else nearest).retrieval_deg
            rows.append((
                name, method, f"{f.answered} of {f.queries}", _error(f.metres, f.degrees), _error(base, base_deg),
                _gain(base, f.metres, base_deg, f.degrees), str(f.published), str(f.gross), _number(f.ms, 0), *cost,
            ))  # fmt: skip
    # A method that cannot run has a sentence, which must not widen its column.
    full = [row for row in rows if row[-1] or row[3]]
    widths = [max(len(row[i]) for row in full) for i in range(len(_TEXT))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(
        [*lines, f"\nms: median, by the {clock} clock. gross: published, off by more than 0.5 m or 10 deg"]
    )


def as_markdown(data: Found, clock: str) -> str:
    """Return a row for each method, and a second table that compares methods with their own retrieval."""
    names = [name for name in DATA_SETS if name in data]
    titles = [DATA_SETS[name].title for name in names]
    lines = [
        f"| | {' | '.join(titles)} | ms | map, bytes a reference | networks | training |",
        f"|---{'|---' * (len(names) + 4)}|",
    ]
    gross = {method: sum(figures(data[n].get(method, {})).gross for n in names) for method in _methods(data)}
    for method in _methods(data):
        cells = [_cell(method, data[name].get(method, {})) for name in names]
        ran = [data[name][method] for name in names if data[name].get(method, {}).get("queries")]
        times = [q["bare_ms"] for found in ran for q in found["queries"].values() if q.get("bare_ms") is not None]
        cost = [_costs(found) for found in ran] or [("", "", "")]
        lines.append(f"| {method} | {' | '.join(cells)} | {_number(_median(times), 0)} | {' | '.join(cost[0])} |")
    false = ", ".join(f"{method} {count}" for method, count in gross.items() if count) or "none"
    lines.append(
        "\nIn a cell: answered, median error of the answers; published after verification and gate. "
        f"Published and off by more than 0.5 m or 10 deg: {false}. ms: median, by the {clock} clock.\n"
    )
    return "\n".join([*lines, *_gains(data, names)])


def _gains(data: Found, names: Sequence[str]) -> list[str]:
    """Return the second table."""
    rows = []
    for name in names:
        for method, found in data[name].items():
            f = figures(found)
            if method != NEAREST and math.isfinite(f.retrieval_m) and f.answered:
                gain = _gain(f.retrieval_m, f.metres, f.retrieval_deg, f.degrees)
                retrieval, own = _error(f.retrieval_m, f.retrieval_deg), _error(f.metres, f.degrees)
                rows.append(f"| {method} | {DATA_SETS[name].title} | {retrieval} | {own} | {gain} |")
    head = ["| | | first candidate of its own retrieval | its answers | better by |", "|---|---|---|---|---|"]
    return [*head, *rows] if rows else []


def _cell(method: str, found: Mapping[str, Any]) -> str:
    f = figures(found)
    if method == NEAREST:
        return _error(f.retrieval_m, f.retrieval_deg)
    if not f.queries:
        return "no weights" if "model" in found.get("cannot", "") else found.get("cannot", "not run")
    return f"{f.answered} of {f.queries}, {_error(f.metres, f.degrees)}; {f.published} published"


def _methods(data: Found) -> list[str]:
    return list(dict.fromkeys(method for found in data.values() for method in found))


def _costs(found: Mapping[str, Any]) -> tuple[str, str, str]:
    cost = found.get("costs") or {}
    size, network, seconds = (cost.get(name) for name in ("reference_bytes", "network_bytes", "training_s"))
    more = " and more" if cost.get("continued") else ""
    return (
        "" if size is None else f"{size / 1e3:,.1f} kB" if size >= 1000 else f"{size} B",
        "" if network is None else f"{network / 1e6:.1f} MB",
        "" if seconds is None else f"{seconds / 60:.0f} min{more}",
    )


def _error(metres: float, degrees: float) -> str:
    if not math.isfinite(metres):
        return "–"
    return f"{metres:.{4 if metres < 0.01 else 3}f} m, {degrees:.2f} deg"


def _gain(base_m: float, metres: float, base_deg: float, degrees: float) -> str:
    if not (math.isfinite(base_m) and math.isfinite(metres) and metres and degrees):
        return "–"
    return f"{base_m / metres:.1f}x, {base_deg / degrees:.1f}x"


def _median(values: Sequence[float | None]) -> float:
    return metrics.median([value for value in values if value is not None])


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else ""
