"""Print plain tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reloc.evaluation.models.bench import Timing
from reloc.evaluation.models.verify import BackendVerdict


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Format columns with minimum width; numbers are right-aligned."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    numeric = [all(_is_figure(line[i]) for line in lines[1:]) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def verdicts(rows: Sequence[BackendVerdict]) -> str:
    """Return the table of errors: largest ones, with medians in brackets."""
    head = ["backend", "precision", "position mm", "rotation deg", "outputs differ by", ""]
    return table(head, [[v.contender.backend, v.contender.precision, *_verdict(v)] for v in rows])


def timings(rows: Sequence[Timing]) -> str:
    """Return the table of times."""
    inside = any(t.inside_ms is not None for t in rows)
    head = ["backend", "precision", "p50 ms", "p99 ms", "x torch", *(["inside ms", "launch"] if inside else [])]
    lines = []
    for t in rows:
        name = [t.contender.backend, t.contender.precision]
        if t.problem:
            lines.append([*name, "-", "-", "-", *(["-", "-"] if inside else [])])
            continue
        gpu = ["-", "-"] if t.inside_ms is None else [f"{t.inside_ms:.3f}", f"{t.launch_share or 0:.0%}"]
        ratio = "-" if t.ratio is None else f"{t.ratio:.2f}"
        lines.append([*name, f"{t.p50_ms:.2f}", f"{t.p99_ms:.2f}", ratio, *(gpu if inside else [])])
    text = table(head, lines)
    return "\n".join(
        [text, *(f"{t.contender.backend} {t.contender.precision}: {t.problem}" for t in rows if t.problem)]
    )


def _verdict(v: BackendVerdict) -> list[str]:
    if v.problem:
        return ["-", "-", "-", f"FAILED: {v.problem}"]
    worst = max(v.norms, key=lambda name: v.norms[name] if v.norms[name] == v.norms[name] else float("inf"))
    norm = f"{v.norms[worst]:.1e} ({worst})"
    verdict = "ok" if v.passed else "FAILED"
    if v.position_m is None or v.rotation_deg is None:
        return ["-", "-", norm, verdict]
    metres, degrees = v.position_m, v.rotation_deg
    position = f"{metres[1] * 1e3:.2f} ({metres[0] * 1e3:.2f})"
    return [position, f"{degrees[1]:.4f} ({degrees[0]:.4f})", norm, verdict]


def _is_figure(cell: str) -> bool:
    return cell == "-" or cell.rstrip("%").replace(".", "", 1).isdigit()
