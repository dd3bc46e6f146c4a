"""Summarize over many queries what trust costs a method, and what it achieves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reloc.distributions import chi2_quantile, share_at_least, share_at_most
from reloc.evaluation import metrics
from reloc.evaluation.trust_cost import JudgedQuery


@dataclass(frozen=True, slots=True)
class TrustCost:
    """Figures of one method in one map. Shares and times are NaN without data."""

    queries: int
    right: int  # answers of the method alone
    wrong: int
    refused_by_verification: int  # number of right answers that verification refused
    refused_by_gate: int
    wrong_published: int  # given by the method, or by the verification
    refused_because: dict[str, int]  # right ones, by the reason's first word, most frequent first
    published: int
    inside: int  # number of published poses whose error is inside the 95 % ellipsoid
    inside_low: float  # lower bound of the share, and
    inside_high: float  # upper bound, with 95 % confidence (Clopper and Pearson)
    inside_right: float  # share of the method's own right answers inside theirs, published or not
    median_m: float  # median position error of the published poses
    median_deg: float
    bare_ms: float  # median of the localizer alone
    added_ms: float  # to an answer, median, and
    added_p99_ms: float  # while the robot's place is unknown
    tracking_ms: float  # median that is added while it is known

    @property
    def refused(self) -> int:
        """Right answers that are not published."""
        return self.refused_by_verification + self.refused_by_gate

    @property
    def refused_share(self) -> float:
        """The same, as a share of all right answers."""
        return self.refused / self.right if self.right else float("nan")

    @property
    def coverage(self) -> float:
        """Share of published errors inside the 95 % ellipsoid."""
        return self.inside / self.published if self.published else float("nan")


def summarize(judged: Sequence[JudgedQuery]) -> TrustCost:
    """Compute the figures of the queries of one method in one map."""
    right = [one for one in judged if one.result == "right"]
    refused = [one for one in right if one.published == "lost"]
    out = [one for one in judged if one.published != "lost"]
    inside = sum(one.published_nees <= chi2_quantile(0.95, 6) for one in out)
    low, high = _interval(inside, len(out))
    bare, added, tracking = (
        [value for value in values if value == value]  # not NaN
        for values in (
            [one.bare_ms for one in judged],
            [one.added_ms for one in judged if one.result != "lost"],
            [one.tracking_ms for one in judged],
        )
    )
    return TrustCost(
        queries=len(judged),
        right=len(right),
        wrong=sum(one.result == "wrong" for one in judged),
        refused_by_verification=sum(one.refused_by == "verification" for one in refused),
        refused_by_gate=sum(one.refused_by == "gate" for one in refused),
        wrong_published=sum(one.published == "wrong" for one in out),
        refused_because=dict(Counter(one.reason.split(":")[0] for one in refused).most_common()),
        published=len(out),
        inside=inside,
        inside_low=low,
        inside_high=high,
        inside_right=metrics.coverage([one.nees for one in right]),
        median_m=metrics.median([one.published_m for one in out]),
        median_deg=metrics.median([one.published_deg for one in out]),
        bare_ms=metrics.median(bare),
        added_ms=metrics.median(added),
        added_p99_ms=metrics.percentile(added, 99),
        tracking_ms=metrics.median(tracking),
    )


def _interval(count: int, total: int) -> tuple[float, float]:
    if total == 0:
        return float("nan"), float("nan")
    return share_at_least(count, total - count, 0.975), share_at_most(count, total - count, 0.975)
