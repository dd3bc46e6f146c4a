"""Find places of a map that look alike: pairs of references that are confused, grouped by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reloc.evaluation.coverage.finding import ReferenceFinding, State
from reloc.evaluation.coverage.floor import NEAR_M, NEAR_RAD
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.evidence import FIGURES, LEAD
from reloc.trust.calibration.record import Record

_CLOSE = 0.5  # a right answer is listed if another place explains more than this share of it
_PLACE_M = 2.5  # pairs with ends this near are of the same two places
_OTHER_WAY_RAD = np.deg2rad(45.0)  # pairs of one place that differ this much in direction are both shown
_WORST: tuple[State, ...] = ("wrong", "ambiguous", "unsure", "works")


@dataclass(frozen=True, slots=True)
class Pair:
    """A reference, and the reference of another place that also explains it."""

    reference: int
    rival: int
    state: State  # state of the reference
    share: float  # 0 to 1: share of the right place's inliers that the rival explains; 1 if lost
    metres: float  # distance and angle between the two
    degrees: float


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Two places and their pairs, the worst first."""

    letter: str  # A, B, ..., Z, AA, ...
    pairs: tuple[Pair, ...]

    @property
    def worst(self) -> Pair:
        """The pair that is shown first."""
        return self.pairs[0]

    def shown(self, reference_map: ReferenceMap, most: int = 3) -> list[Pair]:
        """Return the worst pair, and those in other directions."""
        chosen = list[Pair]()
        poses = reference_map.world_from_cam
        for pair in self.pairs:
            ways = [rotation_angle_between(poses[pair.reference], poses[one.reference]) for one in chosen]
            if len(chosen) < most and all(way > _OTHER_WAY_RAD for way in ways):
                chosen.append(pair)
        return chosen

    def count(self, *states: State) -> int:
        """Return references in these states."""
        return sum(pair.state in states for pair in self.pairs)


def find_look_alikes(
    reference_map: ReferenceMap, record: Record, findings: Sequence[ReferenceFinding]
) -> tuple[LookAlike, ...]:
    """Return all pairs of places, the worst first: wrong answers, then ambiguous ones, then close rivals."""
    leads = _leads(record)
    pairs = [
        _pair(reference_map, one, leads.get(one.index, 1.0))
        for one in findings
        if one.rival >= 0 and one.state in _WORST  # for a view that is not found anyway, a rival means nothing
    ]
    close = [pair for pair in pairs if pair.share > _CLOSE and not _same_view(pair)]
    groups = list[list[Pair]]()
    for pair in sorted(close, key=lambda pair: (_WORST.index(pair.state), -pair.share, pair.reference)):
        ends = (pair.reference, pair.rival)
        for group in groups:
            other = (group[0].reference, group[0].rival)
            if _same_places(reference_map, ends, other) or _same_places(reference_map, ends, other[::-1]):
                group.append(pair)
                break
        else:
            groups.append([pair])
    return tuple(LookAlike(_letter(number), tuple(group)) for number, group in enumerate(groups))


def _leads(record: Record) -> dict[int, float]:
    """Return the margin of right answers over the runner-up, by reference."""
    place = FIGURES.index(LEAD)
    return {o.reference: o.evidence[place] for o in record.outcomes if o.result == "right" and len(o.evidence) > place}


def _pair(reference_map: ReferenceMap, one: ReferenceFinding, lead: float) -> Pair:
    poses = reference_map.world_from_cam[[one.index, one.rival]]
    degrees = float(np.rad2deg(rotation_angle_between(poses[0], poses[1])))
    share = float(np.clip(1.0 - lead, 0.0, 1.0)) if one.state in ("works", "unsure") else 1.0
    return Pair(one.index, one.rival, one.state, share, float(distance_between(poses[0], poses[1])), degrees)


def _same_places(reference_map: ReferenceMap, ends: tuple[int, int], other: tuple[int, int]) -> bool:
    poses = reference_map.world_from_cam
    return all(distance_between(poses[a], poses[b]) < _PLACE_M for a, b in zip(ends, other, strict=True))


def _same_view(pair: Pair) -> bool:
    """Return whether the rival is beside the reference: then it is a slightly different pose, not another place."""
    return pair.metres <= NEAR_M and pair.degrees <= np.rad2deg(NEAR_RAD)


def _letter(number: int) -> str:
    rest, last = divmod(number, 26)
    return (_letter(rest - 1) if rest else "") + chr(ord("A") + last)
