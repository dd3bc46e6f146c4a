"""Print the figures of one evaluation on a terminal."""

from __future__ import annotations

import math

from reloc.evaluation.evaluation import Evaluation
from reloc.evaluation.summary import Summary


def as_text(evaluation: Evaluation) -> str:
    """Return a compact table."""
    s = evaluation.summary
    rows = [
        ("answered", f"{s.answered} of {s.queries}; {_verified(s)}"),
        ("time", f"p50 {_number(s.time_p50_ms, 0)} ms, p99 {_number(s.time_p99_ms, 0)} ms on {evaluation.cpu}"),
        ("stages p50", "  ".join(f"{name} {ms:.1f}" for name, ms in s.stage_p50_ms.items()) or "-"),
        ("lost", "  ".join(f"{reason} {count}" for reason, count in s.lost_reasons.items()) or "-"),
        ("camera", evaluation.camera),
    ]
    if not math.isnan(s.recall_5cm_5deg):
        rows[1:1] = [
            ("median error", _pair(s.median_translation_m, s.median_rotation_deg)),
            ("largest error", _pair(s.max_translation_m, s.max_rotation_deg)),
            ("recall", "  ".join(f"{name.replace('_', ',')} {share:.1%}" for name, share in s.recall.items())),
            ("gross", f"{s.gross_rate:.1%} off by more than 0.5 m or 10 deg"),
            *_retrieval(s),
            ("inside 95 %", f"{_share(s.covariance_coverage_95)} pose, {_share(s.position_coverage_95)} position"),
        ]
    width = max(len(name) for name, _ in rows)
    title = (
        f"{s.localizer} on {evaluation.queries_path}, map {evaluation.map_path} ({evaluation.references} references)"
    )
    return "\n".join([title, *(f"  {name:<{width}}  {text}" for name, text in rows)])


def _verified(s: Summary) -> str:
    if s.answered and s.verified == s.answered:
        return "every answer verified"
    return f"{s.verified} answers verified" if s.verified else "no answer verified"


def _retrieval(s: Summary) -> list[tuple[str, str]]:
    if math.isnan(s.retrieval_median_translation_m):  # it was not requested
        return []
    return [("retrieval alone", _pair(s.retrieval_median_translation_m, s.retrieval_median_rotation_deg) + " median")]


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def _share(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"


def _pair(metres: float, degrees: float) -> str:
    return f"{_number(metres, 4)} m, {_number(degrees, 3)} deg"
