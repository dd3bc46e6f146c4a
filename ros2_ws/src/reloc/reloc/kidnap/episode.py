"""The result of one kidnap."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FalseFix:
    """A published pose that was wrong."""

    look: str
    seconds: float  # after the kidnap; below 0: before it
    metres: float | None  # error; None if the camera is not in the map
    degrees: float | None
    what: str  # "pose", or "map -> odom"


@dataclass(frozen=True, slots=True)
class Episode:
    """One kidnap. Times are seconds after the first image after the kidnap."""

    index: int
    disturbance: str
    carried: str
    start: str  # name of the last frame before the kidnap
    end: str  # name of the first frame after the kidnap
    end_xyz: tuple[float, float, float] | None  # position of the first frame after the kidnap; None: not in the map
    was_tracking: bool  # whether a pose was published before the kidnap
    recovered_s: float | None  # time of the first right published pose; None: there was none
    noticed_s: float | None  # when the state first was neither TRACKING nor COASTING; None: never
    false: tuple[FalseFix, ...] = ()
    published: int = 0  # number of published poses
    greatest_m: float = 0.0  # largest error of a published pose
    greatest_deg: float = 0.0
    nees: tuple[float, ...] = ()  # squared normalized errors of the poses published after the kidnap
    looks: int = 0  # images looked at
    dropped: int = 0  # images that arrived during a look
    ms: tuple[float, ...] = ()  # cost of each look after the kidnap
    reasons: Mapping[str, int] = field(default_factory=dict)  # why looks after the kidnap were refused
    claimed_s: float | None = None  # when the old map -> odom was no longer published; None: not within the test
    expected: bool | None = None  # whether the map's own check expects success here; None: unknown

    def to_dict(self) -> dict[str, Any]:
        """Return the episode as values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Episode:
        """Read the value of :meth:`to_dict`, also after JSON has turned tuples into lists.

        Raises:
            TypeError, KeyError, ValueError: it is not an episode.
        """
        given = dict(values)
        given["false"] = tuple(FalseFix(**fix) for fix in given["false"])
        for name in ("nees", "ms"):
            given[name] = tuple(math.nan if value is None else float(value) for value in given[name])
        end = given["end_xyz"]
        given["end_xyz"] = None if end is None else (float(end[0]), float(end[1]), float(end[2]))
        return cls(**given)
