"""What a page says first."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, FAIR, POOR = "good", "fair", "bad"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One or two sentences, and whether they are good news."""

    kind: str  # GOOD, FAIR or POOR
    words: str
