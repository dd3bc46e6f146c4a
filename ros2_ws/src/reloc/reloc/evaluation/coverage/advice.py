"""Advise what to add to a map, as text and as marks for its plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reloc.evaluation.coverage.finding import ReferenceFinding
from reloc.evaluation.coverage.floor import NEAR_M, Floor, spot
from reloc.evaluation.coverage.headings import PlaceHeadings
from reloc.evaluation.coverage.shortest_net import long_edges
from reloc.maps.check import ReferenceCheck

Kind = Literal["fails", "plain", "few neighbours", "gap", "heading"]

_FEW_NEIGHBOURS = 2
_FEW = 60  # with fewer, there is hardly anything to see, and more views do not help
_ANSWERED = {"unsure": "found, but with too low a probability", "wrong": "found elsewhere"}
_GAP_M = 2.0 * NEAR_M  # views this far apart leave a spot without a near view
_WIDE_RAD = np.deg2rad(120.0)  # width of headings without a view; a turn of the head sees less


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do."""

    kind: Kind
    text: str
    at: tuple[float, float]  # on the floor plan, meters
    towards: tuple[float, float] | None  # where to look; None: all around
    references: tuple[int, ...]  # the views that it concerns; the first is shown


def of_findings(
    floor: Floor, findings: Sequence[ReferenceFinding], checks: Sequence[ReferenceCheck]
) -> tuple[Advice, ...]:
    """Advise for the views that a method fails on in leave-one-out, largest groups first.

    Ambiguous views are left out: more views of look-alike places do not tell them apart.
    """
    bad = [
        one.index for one in findings if one.state in ("fails", "unsure") or (one.state == "wrong" and one.rival < 0)
    ]
    groups = sorted(floor.grouped(bad), key=len, reverse=True)
    return tuple(_for_failing(floor, findings, checks, group) for group in groups)


def of_map(floor: Floor, checks: Sequence[ReferenceCheck], places: Sequence[PlaceHeadings]) -> tuple[Advice, ...]:
    """Advise without a method: views with a single neighbor, gaps on the way, headings without a view."""
    few = [
        index for index, check in enumerate(checks) if check.landmarks and check.neighbours < _FEW_NEIGHBOURS
    ]  # without landmarks there are no neighbors, which says nothing
    thin = [_for_thin(floor, checks, group) for group in sorted(floor.grouped(few), key=len, reverse=True)]
    turns = sorted((place for place in places if place.gap[1] >= _WIDE_RAD), key=lambda place: -place.gap[1])
    return (*thin, *_gaps(floor), *(_for_heading(floor, place) for place in turns))


def _for_failing(
    floor: Floor, findings: Sequence[ReferenceFinding], checks: Sequence[ReferenceCheck], group: tuple[int, ...]
) -> Advice:
    middle = group[0]
    reasons = Counter(findings[index].reason.replace("_", " ") or _ANSWERED[findings[index].state] for index in group)
    why = ", ".join(f"{count} {reason}" if len(group) > 1 else reason for reason, count in reasons.most_common())
    what = "landmarks" if any(check.landmarks for check in checks) else "key points"
    visible = int(np.median([getattr(checks[index], what.replace(" ", "_")) for index in group]))
    where = f"near {spot(floor.xy[middle])} looking toward {spot(floor.seen[middle])}"
    said = f"{_views(len(group))} not localized there without {'itself' if len(group) == 1 else 'themselves'} ({why})"
    if visible < _FEW:
        text = (
            f"Little can be recognized {where}: {said}, {visible} {what} per view. Add something to see there "
            "instead of views: a picture on the wall, furniture, light."
        )
        return _advice("plain", text, floor, group)
    far = floor.next_view_m(middle)
    step = (
        "no other view looks in that direction"
        if np.isinf(far)
        else f"the next view in that direction is {far:.1f} m away"
    )
    return _advice("fails", f"Add views {where}: {said}; {step}.", floor, group)


def _for_thin(floor: Floor, checks: Sequence[ReferenceCheck], group: tuple[int, ...]) -> Advice:
    middle = group[0]
    least = min(checks[index].neighbours for index in group)
    words = "no other view" if least == 0 else "a single other view"
    text = (
        f"Add views near {spot(floor.xy[middle])} looking toward {spot(floor.seen[middle])}: "
        f"{_views(len(group)).removesuffix(' is').removesuffix(' are')} there "
        f"{'shares' if len(group) == 1 else 'share'} landmarks with {words}."
    )
    return _advice("few neighbours", text, floor, group)


def _gaps(floor: Floor) -> list[Advice]:
    """Return stretches without a near reference, of the shortest net over all references, longest first."""
    found = []
    for length, one, other in sorted(long_edges(floor.xy, _GAP_M), reverse=True):
        middle = (floor.xy[one] + floor.xy[other]) / 2
        text = (
            f"Add views around {spot(middle)}, if the robot drives there: between {spot(floor.xy[one])} and "
            f"{spot(floor.xy[other])}, {length:.1f} m have none."
        )
        found.append(Advice("gap", text, _point(middle), None, (one, other)))
    return found


def _for_heading(floor: Floor, place: PlaceHeadings) -> Advice:
    middle, width = place.gap
    at = floor.xy[place.references[0]]
    towards = at + 2.0 * np.array([np.cos(middle), np.sin(middle)])
    all_around = width > 2.0 * np.pi - 1e-6
    where = "in any direction" if all_around else f"towards {spot(towards)}"
    text = (
        f"Add views near {spot(at)} looking {where}, if the robot turns in that direction there: no view "
        f"covers {np.rad2deg(width):.0f}° around {np.rad2deg(middle) % 360.0:.0f}°."
    )
    return Advice("heading", text, _point(at), None if all_around else _point(towards), place.references)


def _advice(kind: Kind, text: str, floor: Floor, group: tuple[int, ...]) -> Advice:
    return Advice(kind, text, _point(floor.xy[group[0]]), _point(floor.seen[group[0]]), group)


def _point(xy: np.typing.NDArray[np.float64]) -> tuple[float, float]:
    return float(xy[0]), float(xy[1])


def _views(count: int) -> str:
    return "a view is" if count == 1 else f"{count} views are"
