"""What the report of `reloc map check` says first."""

from __future__ import annotations

from collections.abc import Sequence

from reloc.evaluation.coverage.survey import MethodSurvey
from reloc.pages.conclusion import FAIR, GOOD, POOR, Conclusion

_GOOD_SHARE, _FAIR_SHARE = 0.9, 0.6


def conclude(surveys: Sequence[MethodSurvey]) -> Conclusion:
    """Return in words where relocalization works, and what most often is in the way."""
    tried = [survey for survey in surveys if survey.tried]
    if not tried:
        return Conclusion(FAIR, "Where relocalization works is not known: the map has no calibration.")
    best = max(tried, key=lambda survey: survey.count("works") / survey.tried)
    share = best.count("works") / best.tried
    by = f" by {best.method}" if best.method else ""
    words = f"A robot finds itself{by} at {best.count('works')} of {best.tried} views of this map ({share:.0%})."
    if ambiguous := best.count("ambiguous"):
        words += f" {ambiguous} look like another place."
    if wrong := best.count("wrong"):
        words += f" {wrong} were answered with a wrong pose."
    if best.advice and share < 1:
        words += " What to add is listed below."
    kind = POOR if best.count("wrong") or share < _FAIR_SHARE else GOOD if share >= _GOOD_SHARE else FAIR
    return Conclusion(kind, words)
