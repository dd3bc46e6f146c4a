"""Play one kidnap: send images through the system at their stamps, and compare published poses with the truth."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

from reloc.datatypes import Float64, Localized
from reloc.evaluation import metrics
from reloc.evaluation.wrong_answers import is_wrong
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.episode import Episode, FalseFix
from reloc.kidnap.pace import Pace
from reloc.kidnap.plan import Plan, PlannedLook
from reloc.kidnap.seer import Seer
from reloc.relocalizer import Composition
from reloc.trust.gate_config import GateConfig
from reloc.trust.verdict import BELIEVES, CLAIMS, Verdict


def play(plan: Plan, seer: Seer, gate: GateConfig, config: KidnapConfig, expected: bool | None = None) -> Episode:
    """Play a plan's images to a newly started system, and return the result.

    Args:
        expected: copied into the episode.
    """
    system = Composition(seer, gate)
    pace, notes = Pace([look.seconds for look in plan.looks]), _Notes(plan)
    while (turn := pace.next()) is not None:
        index, begun_s = turn
        look = plan.looks[index]
        if notes.recovered_s is not None and look.seconds > notes.recovered_s + plan.kidnap_s + config.settle_s:
            break
        done = system.consider(look, partial(_odometry, look), look.stamp_ns)
        measured_ms = seer.take_cost_ms()
        cost_ms = config.ms or measured_ms
        ended_s = begun_s + cost_ms * 1e-3
        pace.done(ended_s)
        notes.take(index, look, done.verdict, cost_ms, ended_s)
    return notes.episode(expected)


@dataclass
class _Notes:
    plan: Plan
    recovered_s: float | None = None
    noticed_s: float | None = None
    claimed_s: float | None = None
    was_tracking: bool = False
    false: list[FalseFix] = field(default_factory=list)
    errors: list[tuple[float, float]] = field(default_factory=list)
    nees: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    indices: list[int] = field(default_factory=list)
    published: int = 0

    def take(self, index: int, look: PlannedLook, verdict: Verdict, cost_ms: float, ended_s: float) -> None:
        """Note the result of one look; ``ended_s`` is when it was published."""
        self.indices.append(index)
        after = index >= self.plan.kidnap
        since_s = ended_s - self.plan.kidnap_s
        if after:
            self.ms.append(cost_ms)
            if verdict.state not in BELIEVES and self.noticed_s is None:
                self.noticed_s = since_s
            if self.claimed_s is None and not _claims_old_place(look, verdict):
                self.claimed_s = since_s
            if not verdict.accepted:
                self.reasons[verdict.reject_reason] += 1
        if not verdict.accepted or not isinstance(verdict.answer, Localized):
            return
        self.published += 1
        right = self._compare(look, since_s, verdict.answer.world_from_cam, "pose")
        if verdict.world_from_odom is not None and look.odom_from_cam is not None:
            self._compare(look, since_s, verdict.world_from_odom @ look.odom_from_cam, "map -> odom")
        if not after:
            self.was_tracking = True
        elif look.world_from_true is not None:
            error = metrics.error_vector(verdict.answer.world_from_cam, look.world_from_true)
            self.nees.append(metrics.nees(error, verdict.answer.covariance))
            if right and self.recovered_s is None:
                self.recovered_s = since_s

    def _compare(self, look: PlannedLook, since_s: float, pose: Float64, what: str) -> bool:
        """Return whether a published pose is right."""
        true = look.world_from_true
        if true is None:
            self.false.append(FalseFix(look.name, round(since_s, 3), None, None, what))
            return False
        metres, degrees = metrics.translation_error(pose, true), metrics.rotation_error_deg(pose, true)
        self.errors.append((metres, degrees))
        if not is_wrong(pose, true):
            return True
        self.false.append(FalseFix(look.name, round(since_s, 3), metres, degrees, what))
        return False

    def episode(self, expected: bool | None) -> Episode:
        """Return the episode."""
        plan = self.plan
        end = plan.looks[plan.kidnap]
        true = end.world_from_true
        last = max(self.indices, default=-1)
        return Episode(
            index=plan.index,
            disturbance=plan.disturbance.name,
            carried=plan.carried,
            start=plan.looks[plan.kidnap - 1].name,
            end=end.name,
            end_xyz=None if true is None else (float(true[0, 3]), float(true[1, 3]), float(true[2, 3])),
            was_tracking=self.was_tracking,
            recovered_s=_rounded(self.recovered_s),
            noticed_s=_rounded(self.noticed_s),
            claimed_s=_rounded(self.claimed_s),
            false=tuple(self.false),
            published=self.published,
            greatest_m=max((metres for metres, _ in self.errors), default=0.0),
            greatest_deg=max((degrees for _, degrees in self.errors), default=0.0),
            nees=tuple(round(value, 3) if math.isfinite(value) else value for value in self.nees),
            looks=len(self.indices),
            dropped=last + 1 - len(self.indices),
            ms=tuple(round(value, 1) for value in self.ms),
            reasons=dict(self.reasons),
            expected=expected,
        )


def _claims_old_place(look: PlannedLook, verdict: Verdict) -> bool:
    """Return whether map -> odom is still published after this look, and still puts the robot where it was before."""
    if verdict.state not in CLAIMS or verdict.world_from_odom is None or look.odom_from_cam is None:
        return False
    claimed = verdict.world_from_odom @ look.odom_from_cam
    return look.world_from_true is None or is_wrong(claimed, look.world_from_true)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def _odometry(look: PlannedLook) -> Float64 | None:
    return look.odom_from_cam
