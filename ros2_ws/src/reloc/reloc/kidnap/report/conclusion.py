"""What the report of the kidnap test says first."""

from __future__ import annotations

import math

from reloc.kidnap.scoring import Score
from reloc.pages.conclusion import FAIR, GOOD, POOR, Conclusion

_GOOD_SHARE = 0.9


def conclude(total: Score) -> Conclusion:
    """Return the result of all kidnaps in words: false poses first, then recovery."""
    false = total.false_recoveries
    if false:
        words = f"After {false} of {total.kidnaps} kidnaps a wrong pose was published."
    else:
        words = f"No wrong pose was published in {total.kidnaps} {'kidnap' if total.kidnaps == 1 else 'kidnaps'}"
        words += f"; with 95 % confidence it happens in fewer than {total.false_bound:.1%}."
    if not total.demanded or math.isnan(total.recovered_share):
        return Conclusion(POOR if false else FAIR, f"{words} No kidnap required recovery.")
    words += f" The robot found itself in {total.recovered_share:.0%} of {total.demanded} where that is required"
    words += f", after {total.median_s:.1f} s (median)." if math.isfinite(total.median_s) else "."
    kind = POOR if false else GOOD if total.recovered_share >= _GOOD_SHARE else FAIR
    return Conclusion(kind, words)
