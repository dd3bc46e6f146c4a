"""What the report of `reloc eval` says first."""

from __future__ import annotations

import math

from reloc.evaluation.summary import Summary
from reloc.pages.conclusion import FAIR, GOOD, POOR, Conclusion

_GOOD_SHARE, _FAIR_SHARE = 0.9, 0.5


def conclude(s: Summary) -> Conclusion:
    """Return the result in words: answers, accuracy, wrong answers, and the most frequent reason of being lost."""
    if not s.queries:
        return Conclusion(POOR, "There were no queries.")
    share = s.answered / s.queries
    if not s.answered:
        return Conclusion(POOR, f"None of {s.queries} queries was answered{_why(s)}. A pose was never published.")
    words = f"{s.answered} of {s.queries} queries were answered ({share:.0%})"
    if math.isnan(s.gross_rate):
        lost = f"{_why(s).lstrip(', ').capitalize()}. " if share < 1 and _why(s) else ""
        kind = GOOD if share >= _GOOD_SHARE else FAIR if share >= _FAIR_SHARE else POOR
        return Conclusion(kind, f"{words}. {lost}The true poses are not known, so errors are not either.")
    wrong = round(s.gross_rate * s.queries)
    median = f"median error {s.median_translation_m * 100:.1f} cm and {s.median_rotation_deg:.2f}°"
    false = "no answer was wrong by over 0.5 m or 10°" if not wrong else f"{wrong} were wrong by over 0.5 m or 10°"
    rest = f" Lost queries{_why(s)}." if share < 1 and s.lost_reasons else ""
    kind = POOR if wrong or share < _FAIR_SHARE else GOOD if share >= _GOOD_SHARE else FAIR
    return Conclusion(kind, f"{words}, {median}; {false}.{rest}")


def _why(s: Summary) -> str:
    if not s.lost_reasons:
        return ""
    reason, count = next(iter(s.lost_reasons.items()))
    return f", most often because of {reason.replace('_', ' ')} ({count})"
