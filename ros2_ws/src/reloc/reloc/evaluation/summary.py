"""The figures of one evaluation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Localized, Lost
from reloc.evaluation import metrics
from reloc.evaluation.outcome import QueryOutcome

# (meters, degrees), from tight to loose; those of 7-Scenes and of the long-term localization benchmarks
RECALL_BOUNDS = ((0.01, 1.0), (0.02, 2.0), (0.05, 5.0), (0.25, 2.0), (0.5, 5.0), (5.0, 10.0))


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of an evaluation. Shares are over all queries that have a true pose; NaN if unknown."""

    localizer: str
    queries: int
    answered: int
    verified: int  # answers that independent references, or the method's own checks, agree with
    median_translation_m: float
    median_rotation_deg: float
    recall_5cm_5deg: float
    gross_rate: float  # answers off by more than 0.5 m or 10 degrees
    max_translation_m: float
    max_rotation_deg: float
    time_p50_ms: float  # wall time of localize() without decoding the image
    time_p99_ms: float
    retrieval_median_translation_m: float  # the first retrieved reference's pose as the answer
    retrieval_median_rotation_deg: float
    recall: Mapping[str, float]  # at each of RECALL_BOUNDS
    lost_reasons: Mapping[str, int]  # most frequent first
    stage_p50_ms: Mapping[str, float]  # in the order of execution
    covariance_coverage_95: float  # share of errors inside the covariance's 95 % ellipsoid, all six dimensions
    position_coverage_95: float  # likewise, x, y, z alone
    median_nees: float  # 5.35 for a correct covariance, 6 degrees of freedom

    @property
    def answered_share(self) -> float:
        """Answered share of all queries; NaN without queries."""
        return self.answered / self.queries if self.queries else float("nan")


def summarize(localizer: str, outcomes: Sequence[QueryOutcome]) -> Summary:
    """Compute the figures of all queries."""
    errors = [o.errors for o in outcomes if o.errors is not None]
    translation = np.array([e.translation_m for e in errors])
    rotation = np.array([e.rotation_deg for e in errors])
    posed = sum(o.world_from_true is not None for o in outcomes)
    baseline = [o.baseline for o in outcomes if o.baseline is not None]
    times = [o.ms for o in outcomes if o.ms > 0]
    reasons = Counter(o.answer.reason.value for o in outcomes if isinstance(o.answer, Lost))
    return Summary(
        localizer=localizer,
        queries=len(outcomes),
        answered=sum(isinstance(o.answer, Localized) for o in outcomes),
        verified=sum(isinstance(o.answer, Localized) and o.answer.verified for o in outcomes),
        median_translation_m=metrics.median(translation),
        median_rotation_deg=metrics.median(rotation),
        recall_5cm_5deg=metrics.recall(translation, rotation, 0.05, 5.0, posed),
        gross_rate=metrics.gross_rate(translation, rotation, posed),
        max_translation_m=metrics.maximum(translation),
        max_rotation_deg=metrics.maximum(rotation),
        time_p50_ms=metrics.percentile(times, 50),
        time_p99_ms=metrics.percentile(times, 99),
        retrieval_median_translation_m=metrics.median([e.translation_m for e in baseline]),
        retrieval_median_rotation_deg=metrics.median([e.rotation_deg for e in baseline]),
        recall={bound_name(m, deg): metrics.recall(translation, rotation, m, deg, posed) for m, deg in RECALL_BOUNDS},
        lost_reasons=dict(reasons.most_common()),
        stage_p50_ms=_stage_medians(outcomes),
        covariance_coverage_95=metrics.coverage([e.nees for e in errors], dof=6),
        position_coverage_95=metrics.coverage([e.nees_position for e in errors], dof=3),
        median_nees=metrics.median([e.nees for e in errors if not np.isnan(e.nees)]),
    )


def bound_name(within_m: float, within_deg: float) -> str:
    """``5cm_5deg``, ``0.25m_2deg``."""
    metres = f"{within_m * 100:g}cm" if within_m < 0.1 else f"{within_m:g}m"
    return f"{metres}_{within_deg:g}deg"


def _stage_medians(outcomes: Sequence[QueryOutcome]) -> dict[str, float]:
    """Return the median over the frames in which the stage ran."""
    times: dict[str, list[float]] = {}
    for outcome in outcomes:
        for stage, ms in outcome.answer.stage_ms.items():
            times.setdefault(stage, []).append(ms)
    return {stage: metrics.median(values) for stage, values in times.items()}
