"""The gate's verdict on one answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reloc.datatypes import Answer, Float64
from reloc.trust.agreement import Sighting


class State(Enum):
    """The state of the robot's localization."""

    UNLOCALIZED = "unlocalized"  # no fix was accepted yet
    TRACKING = "tracking"  # vision and odometry agree
    SUSPECT = "suspect"  # they disagree: the robot was carried, or an answer is wrong; not yet decided
    COASTING = "coasting"  # no accepted fix for a while; odometry carries the last one on, and nothing contradicts it
    LOST = "lost"  # no accepted fix for a while
    RELOCALIZING = "relocalizing"  # first looks agree after LOST or UNLOCALIZED; more are needed


BELIEVES = frozenset({State.TRACKING, State.COASTING})  # nothing contradicts the estimate
CLAIMS = BELIEVES | {State.SUSPECT}  # the estimate may be published as map -> odom


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """The gate's decision on one answer."""

    state: State
    accepted: bool  # whether to publish the answer
    answer: Answer
    # (4, 4), fused from all accepted looks; None before the first, without odometry, and after odometry jumped
    world_from_odom: Float64 | None
    reject_reason: str = ""  # a LostReason's value, empty if accepted
    detail: str = ""
    probability: float | None = None  # probability that this answer is right, 0 to 1; None if unknown
    # Probability that the place is right: the accepted one, or the one that is being confirmed. 0 to below 1; None if
    # unknown.
    certainty: float | None = None
    # The camera's pose at the newest look, fused from all looks at that place. Do not use it before it is accepted.
    hypothesis: Sighting | None = None
    lost_in_s: float = 0.0  # the estimate ends after this time, by the images' stamps, if no further image comes
