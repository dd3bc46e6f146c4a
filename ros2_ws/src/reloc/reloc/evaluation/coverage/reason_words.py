"""Explain why a reference fails in leave-one-out, for the person who improves the map."""

from __future__ import annotations

from reloc.datatypes import LostReason

_WORDS = {
    LostReason.TOO_FEW_FEATURES: "blank, dark or blurred: the image holds too few features",
    LostReason.NO_CANDIDATES: "no other reference looks like it",
    LostReason.TOO_FEW_MATCHES: "other references show too little of the same area",
    LostReason.TOO_FEW_INLIERS: "its matches do not agree on one pose: too few references look in the same direction",
    LostReason.NO_BASELINE: "the other references that show it are at one position: nothing to triangulate",
    LostReason.UNCERTAIN: "the pose is too uncertain to use",
    LostReason.UNVERIFIED: "independent reference images disagree with the pose",
}


def words(reason: str) -> str:
    """Return the meaning of a LostReason's value; empty for one that needs none."""
    return next((text for key, text in _WORDS.items() if key.value == reason), "")
