"""Print the scores on a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reloc.kidnap.scoring import ALL, Score

_RECOVERY = ("recovered", "median", "p95")
_HEAD = ("disturbance", "kidnaps", *_RECOVERY, "noticed", "p95", "false", "greatest error", "in 95 %", "ms")


def as_text(scores: Sequence[Score]) -> str:
    """Return one line per disturbance, and the main results below."""
    rows = [_HEAD, *(_row(score) for score in scores)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEAD))]
    lines = [
        "  ".join(
            f"{text:<{w}}" if i == 0 else f"{text:>{w}}" for i, (text, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    total = next(score for score in scores if score.name == ALL)
    starred = any(not score.demanded and score.name != ALL for score in scores)
    note = ["* recovery is not required there, but a wrong pose must not be published"] if starred else []
    return "\n".join([*lines, *note, "", *summary(total)])


def summary(total: Score) -> list[str]:
    """Return the results in some sentences."""
    lines = [
        f"False recoveries: {total.false_recoveries} of {total.kidnaps}; with 95 % confidence below "
        f"{_percent(total.false_bound)}",
        f"Recovered where required: {_percent(total.recovered_share)} of {total.demanded}; median "
        f"{_seconds(total.median_s)}, p95 {_seconds(total.p95_s)}",
    ]
    if not math.isnan(total.expected_share):
        lines[-1] += f"; where the map's check expects success: {_percent(total.expected_share)}"
    lines.append(
        f"Published poses: {total.published}, errors up to {total.greatest_m:.2f} m and "
        f"{total.greatest_deg:.1f} deg, {_percent(total.demanded_coverage_95)} inside the 95 % ellipsoid where "
        f"recovery is required, {_percent(total.coverage_95)} of all"
    )
    if total.silent:
        noticed = f"{_seconds(total.silent_noticed_s)} (median), {_seconds(total.silent_noticed_p95_s)} (p95)"
        claimed = f"{_seconds(total.silent_claimed_s)} (median), {_seconds(total.silent_claimed_p95_s)} (p95)"
        lines.append(
            f"Kidnaps while odometry stood still: {total.silent}, noticed after {noticed}; the old map -> odom "
            f"was published for {claimed}"
        )
    return lines


def _row(score: Score) -> tuple[str, ...]:
    name = score.name if score.demanded or score.name == ALL else f"{score.name} *"
    return (
        name,
        str(score.kidnaps),
        _percent(score.recovered / score.kidnaps if score.kidnaps else math.nan),
        _seconds(score.median_s),
        _seconds(score.p95_s),
        _seconds(score.noticed_s),
        _seconds(score.noticed_p95_s),
        str(score.false_recoveries),
        f"{score.greatest_m:.2f} m {score.greatest_deg:.1f} deg" if score.published else "-",
        _percent(score.coverage_95),
        f"{score.median_ms:.0f}" if math.isfinite(score.median_ms) else "-",
    )


def _percent(share: float) -> str:
    return f"{share:.1%}" if math.isfinite(share) else "-"


def _seconds(value: float) -> str:
    if math.isinf(value):
        return "not in the test"
    return f"{value:.2f} s" if math.isfinite(value) else "-"
