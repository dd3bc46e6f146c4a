"""Answers and outcomes with known errors, for tests of the evaluation."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Answer, Candidate, Localized, Lost, LostReason, Support
from reloc.evaluation.outcome import Errors, QueryOutcome
from reloc.geometry import transforms

TRUTH = transforms.make(transforms.so3_exp([0.3, -0.2, 0.9]), [1.0, 2.0, 0.5])
BEST = (Candidate(0, 0.9),)


def localized(shift_m=(0.0, 0.0, 0.0), turn_deg=(0.0, 0.0, 0.0), sigma_m=0.01, sigma_deg=0.1, inliers=100) -> Localized:
    """An answer off TRUTH by a shift and a turn, both in the world's axes."""
    turn = transforms.so3_exp(np.radians(turn_deg))
    pose = transforms.make(turn @ TRUTH[:3, :3], TRUTH[:3, 3] + np.asarray(shift_m))
    covariance = np.diag([sigma_m**2] * 3 + [np.radians(sigma_deg) ** 2] * 3)
    support = Support(2 * inliers, inliers, 0.5, 0.7, 9, np.full((inliers, 2), 20.0, np.float32))
    return Localized(pose, covariance, support, BEST, {"features": 10.0, "solve": 2.0})


def lost(reason: LostReason = LostReason.TOO_FEW_INLIERS, detail: str = "7 of 90") -> Lost:
    """An answer that is none."""
    return Lost(reason, detail, None, BEST, {"features": 11.0})


def outcome(answer: Answer, name: str = "frame", ms: float = 12.0, truth: bool = True, load_image=None) -> QueryOutcome:
    """What became of one query whose true pose is TRUTH (or not known)."""
    errors = Errors.of_answer(answer, TRUTH) if truth and isinstance(answer, Localized) else None
    baseline = Errors(0.3, 20.0) if truth else None
    return QueryOutcome(name, answer, ms, ("ref-0",), TRUTH if truth else None, errors, baseline, load_image)
