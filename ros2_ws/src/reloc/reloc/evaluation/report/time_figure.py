"""Draw the time of each stage."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from reloc.evaluation.outcome import QueryOutcome
from reloc.evaluation.summary import Summary
from reloc.pages import style


@style.styled
def draw(outcomes: Sequence[QueryOutcome], summary: Summary) -> Figure:
    """Draw the median of each stage, and the distribution of the total."""
    figure, (left, right) = style.new_figure(9.6, 2.8, columns=2)
    stages = list(summary.stage_p50_ms.items())[::-1]
    bars = left.barh([name for name, _ in stages], [ms for _, ms in stages], color=style.ANSWER, height=0.62)
    left.bar_label(bars, labels=[f" {ms:.1f}" for _, ms in stages], color="#374151")
    left.grid(False, axis="y")
    left.margins(x=0.14)
    left.set_title("median by stage [ms]")
    times = [o.ms for o in outcomes if o.ms > 0]
    right.hist(times, bins=min(40, max(10, len(times) // 5)), color=style.ANSWER)
    for value, name in ((summary.time_p50_ms, "p50"), (summary.time_p99_ms, "p99")):
        right.axvline(value, color=style.TRUTH, lw=1.0, ls=":")
        right.text(
            value, 1.0, f" {name} {value:.0f} ms", va="bottom", fontsize=8.5, transform=right.get_xaxis_transform()
        )
    right.set_title("whole frame [ms]", pad=16)
    right.set_ylabel("frames")
    return figure
