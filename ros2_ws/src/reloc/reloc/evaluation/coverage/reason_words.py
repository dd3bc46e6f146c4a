"""Why a reference is not found without itself, in words for who has to mend the map."""

from __future__ import annotations

from reloc.datatypes import LostReason

_WORDS = {
    LostReason.TOO_FEW_FEATURES: "blank, dark or blurred: there is too little in the picture to recognise",
    LostReason.NO_CANDIDATES: "no other reference looks like it",
    LostReason.TOO_FEW_MATCHES: "other references show too little of the same",
    LostReason.TOO_FEW_INLIERS: "what others show of it does not make one pose: too few of them look the same way",
    LostReason.NO_BASELINE: "the others that show it stand at one place: nothing to triangulate",
    LostReason.UNCERTAIN: "the pose would be too vague to use",
    LostReason.UNVERIFIED: "other references do not bear the answer out",
}


def words(reason: str) -> str:
    """What a LostReason's value means there; empty for one that needs none."""
    return next((text for key, text in _WORDS.items() if key.value == reason), "")
