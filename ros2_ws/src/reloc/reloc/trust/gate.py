"""The gate accepts an answer only if looks agree with one another and with odometry.

One look can be wrong. That several wrong looks agree on one place while the robot moves is far less likely. So a first
fix, and any jump away from odometry's prediction (a kidnapping), must be confirmed by further looks. A fix where
odometry expects it is accepted at once. The answers' covariances give the tolerance, between two limits: a network errs
by decimeters and says so, key points by centimeters.

The published pose of an accepted look is the look's own pose. map -> odom follows the looks, fused along odometry. So
it is smooth while tracking, and jumps once when a kidnap is confirmed. Between accepted looks odometry carries it on,
as long as :mod:`reloc.trust.coasting` allows.

This file does not depend on ROS. Times are the images' stamps, not their arrival.
"""

from __future__ import annotations

from dataclasses import replace

from reloc.datatypes import Answer, Float64, Localized, Lost, LostReason, UInt8
from reloc.trust import repeated
from reloc.trust.admission import Verify, doubtful, imprecise, invalid, sharpened
from reloc.trust.agreement import Sighting, agree, difference, slack
from reloc.trust.coasting import NO_ODOMETRY, Coasting
from reloc.trust.confirmation import Confirmation, bounded
from reloc.trust.fusion import fuse, world_from_odom
from reloc.trust.gate_config import GateConfig
from reloc.trust.independence import is_new_evidence
from reloc.trust.lens import LensDoubt
from reloc.trust.look_pace import LookPace
from reloc.trust.odometry import Odometry, Reading
from reloc.trust.rechecking import Rechecking
from reloc.trust.repeated import RepeatedLooks
from reloc.trust.verdict import State as State
from reloc.trust.verdict import Verdict as Verdict
from reloc.trust.verification.evidence import Verified
from reloc.trust.view import ViewWatch

SAME_PLACE_LOOKS = 2  # looks needed at the place that odometry expects, after a time without accepted looks


class Gate:
    """Decide on every answer, in the order of the images' stamps. No input makes it raise an exception."""

    def __init__(self, config: GateConfig | None = None) -> None:
        self.config = config or GateConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after start."""
        self._estimate: Sighting | None = None  # the accepted looks, fused; its stamp is the last look's
        self._certainty: float | None = None  # probability that the estimate is at the right place
        self._anchor: Sighting | None = None  # the last accepted look that was independent evidence
        self._rechecking = Rechecking()
        self._repeated = RepeatedLooks()
        self._pace = LookPace()
        self._confirmation = Confirmation(self.config)
        self._lens = LensDoubt(self.config)
        self._odometry = Odometry(self.config)
        self._coasting = Coasting(self.config)
        self._view = ViewWatch()
        self._reading = Reading(None, 0.0, 0.0, jumped=False)  # odometry at the newest look
        self._last_ns: int | None = None
        self._suspect = False
        self._adrift = False  # whether odometry jumped since the last accepted look

    def use(self, config: GateConfig) -> None:
        """Use these parameters from now on, and keep the state."""
        self.config = config
        self._confirmation.use(config)
        self._lens.use(config)
        self._odometry.use(config)
        self._coasting.use(config)

    @property
    def state(self) -> State:
        """State after the last answer."""
        if self._is_coasting():
            return State.COASTING
        if len(self._confirmation) and (self._estimate is None or self._is_overdue()):
            return State.RELOCALIZING
        if self._estimate is None:
            return State.UNLOCALIZED
        if self._is_overdue():
            return State.LOST
        return State.SUSPECT if self._suspect else State.TRACKING

    def consider(
        self,
        answer: Answer,
        odom_from_cam: Float64 | None,
        stamp_ns: int,
        probability: float | None = None,
        verify: Verify | None = None,
        glimpse: UInt8 | None = None,
    ) -> Verdict:
        """Decide on one answer.

        Args:
            answer: the localizer's answer.
            odom_from_cam: (4, 4) at the image's stamp; None without odometry. A matrix that is not a rigid transform
                counts as None.
            stamp_ns: the image's stamp. If it is earlier than the last one, the clock was set back, and the gate
                forgets everything. If it is much later, the last fix is too old.
            probability: probability that the answer is right, 0 to 1; None without a calibration. A probability from
                ``verify`` replaces it.
            verify: verifies an answer. It is called before an answer counts that is not where odometry and the last
                fix expect it, and where they do from time to time (:mod:`reloc.trust.rechecking`). It is also called
                for an imprecise answer, because it may give a more precise one.
            glimpse: (h, w) from :func:`reloc.trust.view.glimpse`. With it, the gate notices that the view changes
                although odometry hardly moves.
        """
        if self._last_ns is not None and stamp_ns < self._last_ns:
            self.reset()
        self._last_ns = stamp_ns
        self._pace.note(stamp_ns)
        reading = self._reading = self._odometry.read(odom_from_cam, stamp_ns)
        self._view.take(glimpse, reading.odom_from_cam)
        if reading.jumped:
            self._forget_odometry()
        self._confirmation.forget_before(stamp_ns - int(self.config.look_window_s * 1e9))
        refusal = invalid(answer)
        if refusal is not None or not isinstance(answer, Localized):
            refusal = refusal or Lost(LostReason.INTERNAL, "The answer has an unknown type")
            self._lens.note(refusal, stamp_ns)
            return self._refused(answer, refusal)
        if (other_lens := self._lens.at(stamp_ns)) is not None:
            return self._refused(answer, other_lens)
        sharper = False
        if (unsure := imprecise(answer, self.config)) is not None:
            checked = sharpened(answer, unsure, verify)
            if isinstance(checked, Lost):
                return self._refused(checked, checked)
            answer, verify, sharper = checked.answer, None, True
            probability = probability if checked.probability is None else checked.probability
            if (unsure := imprecise(answer, self.config)) is not None:
                return self._refused(answer, unsure)
        pose, covariance = answer.world_from_cam, answer.covariance
        look = Sighting(stamp_ns, pose, covariance, reading.odom_from_cam, reading.path_m, reading.path_rad)
        if self._repeated.is_repeated(look):
            self._coasting.contradict("the camera repeats an image")
            return self._refused(answer, Lost(LostReason.INCONSISTENT, repeated.WHY))
        if sharper:
            self._rechecking.note(look)
        return self._judge(answer, look, probability, verify)

    def _judge(
        self,
        answer: Localized,
        look: Sighting,
        probability: float | None,
        verify: Verify | None,
    ) -> Verdict:
        by_odometry, estimate = self._odometry.trusted, self._estimate
        expected = estimate is not None and agree(estimate, look, self.config, by_odometry)
        # New odometry looks like a kidnapping, so the robot is not expected to be in the same place.
        tracks = expected and not self._is_overdue() and not self._adrift
        if verify is not None and not (tracks and not self._rechecking.is_due(look, self.config, by_odometry)):
            checked = verify(answer)
            borne_out = checked if isinstance(checked, Lost) else checked.answer
            if isinstance(borne_out, Lost):
                self._lens.note(borne_out, look.stamp_ns)
                return self._refused(borne_out, borne_out)
            self._rechecking.note(look)
            if isinstance(checked, Verified) and checked.probability is not None:
                probability = checked.probability
        if (doubt := doubtful(probability, self.config)) is not None:
            return self._refused(answer, doubt, probability)
        if estimate is not None and tracks:
            new = self._anchor is None or is_new_evidence(self._anchor, look, self.config, by_odometry)
            if new:
                self._certainty = _surer(self._certainty, probability, self.config)
            return self._accept(answer, look, fuse(estimate, look, self.config, by_odometry, repeats=not new), new,
                                probability)  # fmt: skip
        if not expected:
            self._coasting.contradict("an image was localized at another place")
        counts = self._confirmation.add(look, probability, by_odometry)
        expected = expected and self._is_tied(look)
        looks, missing = len(self._confirmation), self._confirmation.missing
        if expected:
            missing = min(missing, max(0, SAME_PLACE_LOOKS - looks))
        confirmed = self._confirmation.estimate
        if missing == 0 and confirmed is not None:
            self._certainty = self._confirmation.certainty
            if estimate is not None and expected:
                confirmed = fuse(estimate, confirmed, self.config, by_odometry)
            return self._accept(answer, look, confirmed, True, probability)
        self._suspect = estimate is not None and not self._is_coasting()
        detail = f"Look {looks} of {looks + missing} that must agree"
        if not counts:
            detail += "; an imprecise look counts again only after the camera moved or turned"
        if hint := self._pace.hint(looks + missing, self.config):
            detail += f". {hint}"
        return self._refused(answer, Lost(LostReason.INCONSISTENT, detail), probability)

    def _is_tied(self, look: Sighting) -> bool:
        """Return whether the last fix still predicts where the robot is."""
        if self._estimate is None:
            return False
        off = difference(self._estimate, look, self._odometry.trusted)
        return slack(off, self.config)[0] <= self.config.max_agree_m

    def _forget_odometry(self) -> None:
        """Drop all that depends on odometry before its jump."""
        self._adrift = True
        if self._estimate is not None:
            self._estimate = replace(self._estimate, odom_from_cam=None)
            self._suspect = True
        if self._anchor is not None:
            self._anchor = replace(self._anchor, odom_from_cam=None)
        self._repeated.forget()
        self._view.forget()
        self._coasting.contradict(self._odometry.fault)
        self._confirmation.clear()

    def _accept(
        self, answer: Localized, look: Sighting, estimate: Sighting, new: bool, probability: float | None
    ) -> Verdict:
        self._estimate, self._suspect, self._adrift = estimate, False, False
        self._anchor = look if new else self._anchor
        self._confirmation.clear()
        self._odometry.compare(look)
        self._coasting.restart(look)
        self._coasting.watch_for(self._pace.patience_s(self.config))
        return Verdict(
            self.state,
            True,
            answer,
            world_from_odom(estimate),
            probability=probability,
            certainty=self._certainty,
            hypothesis=estimate,
            lost_in_s=self._lost_in_s(),
        )

    def _refused(self, answer: Answer, why: Lost, probability: float | None = None) -> Verdict:
        self._carry_on()
        state, certainty = self.state, self._confirmation.certainty
        notes = [why.detail, self._odometry.fault]
        if state is State.COASTING:
            notes.append(self._coasting.detail)
            certainty = None if self._certainty is None else self._certainty * self._coasting.left
        elif self._explains_more(why):
            notes.append(f"Odometry does not carry the last fix on: {self._coasting.ended}")
        return Verdict(
            state,
            False,
            answer,
            world_from_odom(self._estimate),
            why.reason.value,
            ". ".join(note.rstrip(".") for note in notes if note),
            probability,
            certainty,
            self._confirmation.estimate,
            self._lost_in_s(),
        )

    def _explains_more(self, why: Lost) -> bool:
        """Return whether the reason for the end of coasting tells more than the answer's own detail."""
        if self._estimate is None or self._coasting.ended in ("", NO_ODOMETRY, self._odometry.fault):
            return False
        return self._is_overdue() or why.reason is not LostReason.INCONSISTENT

    def _carry_on(self) -> None:
        """Update coasting at a look that was not accepted."""
        if self._estimate is None or self._last_ns is None or self._coasting.ended:
            return
        if why := self._view.contradiction():
            self._suspect = True
            self._coasting.contradict(why)
        self._coasting.follow(self._estimate, self._reading, self._odometry.trusted, self._last_ns)

    def _is_coasting(self) -> bool:
        return self._is_overdue() and not self._coasting.ended

    def _lost_in_s(self) -> float:
        if self._estimate is None or self._last_ns is None:
            return 0.0
        left_s = self.config.lost_after_s - (self._last_ns - self._estimate.stamp_ns) * 1e-9
        return max(0.0, left_s, self._coasting.lasts_s(self._last_ns))

    def _is_overdue(self) -> bool:
        if self._estimate is None or self._last_ns is None:
            return False
        return self._last_ns - self._estimate.stamp_ns > self.config.lost_after_s * 1e9


def _surer(certainty: float | None, probability: float | None, config: GateConfig) -> float | None:
    """Return the certainty of a place after one more look that agrees with it."""
    if certainty is None or probability is None:
        return certainty
    return max(certainty, bounded(1.0 - (1.0 - certainty) * (1.0 - probability), config))
