"""Compute the scores for each disturbance and for all together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from reloc.distributions import share_at_most
from reloc.evaluation import metrics
from reloc.kidnap.disturbance import STANDS
from reloc.kidnap.episode import Episode

ALL = "all"


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of some kidnaps. NaN without data; null in JSON."""

    name: str
    kidnaps: int
    demanded: int  # number of kidnaps that require recovery
    recovered: int  # number of recovered kidnaps, of all
    recovered_share: float  # share recovered, of the kidnaps that require recovery
    expected_share: float  # the same, of those where the map's check expects success
    median_s: float  # median time to recover, of recovered kidnaps that require it; if none requires it, of all
    p95_s: float
    noticed_s: float  # median time until the gate said neither TRACKING nor COASTING
    noticed_p95_s: float
    silent: int  # number of kidnaps of a tracking robot during which odometry stood still
    silent_noticed_s: float  # median of noticed_s of these kidnaps; infinity: not within the test
    silent_noticed_p95_s: float
    silent_claimed_s: float  # median time of these kidnaps until the old map -> odom was no longer published
    silent_claimed_p95_s: float
    false_recoveries: int  # kidnaps with a wrong pose published
    false_bound: float  # upper bound of the rate with 95 % confidence
    greatest_m: float  # largest error of a published pose
    greatest_deg: float
    coverage_95: float  # share of published errors inside the stated 95 % ellipsoid
    demanded_coverage_95: float  # the same where recovery is required; a covariance cannot cover a wrong focal length
    published: int
    median_ms: float  # median cost of a look
    dropped_share: float  # share of the images that were dropped
    reasons: dict[str, int]  # why looks were refused, most frequent first

    def to_dict(self) -> dict[str, Any]:
        """Return the score as values for JSON; they may be NaN."""
        return asdict(self)


def scores(episodes: Sequence[Episode], recoverable: Collection[str]) -> tuple[Score, ...]:
    """Return one score per disturbance, in the order of the first kidnaps, and at the end one for all kidnaps.

    Args:
        recoverable: the disturbances that require recovery.
    """
    names = dict.fromkeys(episode.disturbance for episode in episodes)
    parts = [score(name, [e for e in episodes if e.disturbance == name], recoverable) for name in names]
    return (*parts, score(ALL, episodes, recoverable))


def score(name: str, episodes: Sequence[Episode], recoverable: Collection[str]) -> Score:
    """Return the score of these kidnaps."""
    demanded = [e for e in episodes if e.disturbance in recoverable]
    found = [e for e in episodes if e.recovered_s is not None]
    times = [e.recovered_s for e in demanded or episodes if e.recovered_s is not None]
    tracking = [e for e in episodes if e.was_tracking]
    silent = [e for e in tracking if e.carried == STANDS]
    false = sum(bool(e.false) for e in episodes)
    looks, dropped = sum(e.looks for e in episodes), sum(e.dropped for e in episodes)
    reasons = sum((Counter(e.reasons) for e in episodes), Counter[str]())
    return Score(
        name=name,
        kidnaps=len(episodes),
        demanded=len(demanded),
        recovered=len(found),
        recovered_share=_share(demanded),
        expected_share=_share([e for e in demanded if e.expected]),
        median_s=metrics.median(times),
        p95_s=metrics.percentile(times, 95),
        noticed_s=metrics.median([e.noticed_s for e in episodes if e.noticed_s is not None]),
        noticed_p95_s=_waited([e.noticed_s for e in tracking], 0.95),
        silent=len(silent),
        silent_noticed_s=_waited([e.noticed_s for e in silent], 0.5),
        silent_noticed_p95_s=_waited([e.noticed_s for e in silent], 0.95),
        silent_claimed_s=_waited([e.claimed_s for e in silent], 0.5),
        silent_claimed_p95_s=_waited([e.claimed_s for e in silent], 0.95),
        false_recoveries=false,
        false_bound=upper_bound(false, len(episodes)),
        greatest_m=max((e.greatest_m for e in episodes), default=math.nan),
        greatest_deg=max((e.greatest_deg for e in episodes), default=math.nan),
        coverage_95=metrics.coverage([value for e in episodes for value in e.nees]),
        demanded_coverage_95=metrics.coverage([value for e in demanded for value in e.nees]),
        published=sum(e.published for e in episodes),
        median_ms=metrics.median([ms for e in episodes for ms in e.ms]),
        dropped_share=dropped / (looks + dropped) if looks + dropped else math.nan,
        reasons=dict(reasons.most_common()),
    )


def upper_bound(bad: int, total: int, confidence: float = 0.95) -> float:
    """Return the upper bound of a rate with that confidence (Clopper and Pearson); NaN without kidnaps."""
    return share_at_most(bad, total - bad, confidence) if total else math.nan


def _waited(times: Sequence[float | None], share: float) -> float:
    """Return the quantile ``share`` of the times. A missing time counts as infinity."""
    known = sorted(math.inf if time is None else time for time in times)
    return known[max(0, math.ceil(share * len(known)) - 1)] if known else math.nan


def _share(episodes: Sequence[Episode]) -> float:
    if not episodes:
        return math.nan
    return float(np.mean([e.recovered_s is not None for e in episodes]))
