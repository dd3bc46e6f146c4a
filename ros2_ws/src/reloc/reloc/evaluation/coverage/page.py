"""Write the coverage report: one HTML page that refers to no other file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reloc import images
from reloc.errors import ImageError
from reloc.evaluation.coverage import curve_figure, plans
from reloc.evaluation.coverage.advice import Advice
from reloc.evaluation.coverage.conclusion import conclude
from reloc.evaluation.coverage.look_alikes import LookAlike
from reloc.evaluation.coverage.reason_words import words
from reloc.evaluation.coverage.survey import MethodSurvey, Survey
from reloc.evaluation.report.pictures import data_uri
from reloc.files import write_atomic
from reloc.maps.reference_map import ReferenceMap
from reloc.pages.template import environment
from reloc.trust.calibration.record import HIDDEN, STATED
from reloc.trust.confirmation import looks_needed
from reloc.trust.gate_config import GateConfig

_SIDE = 300  # pixels
_LOOK_ALIKES, _FAILING, _HEADINGS = 10, 12, 10  # shown of each


@dataclass(frozen=True, slots=True)
class PairShown:
    """Two pictures side by side with a caption."""

    left: str  # data: addresses; empty if there is no picture
    right: str
    left_name: str
    right_name: str
    words: str


@dataclass(frozen=True, slots=True)
class LookAlikeShown:
    """Two places."""

    letter: str
    words: str
    pairs: tuple[PairShown, ...]


@dataclass(frozen=True, slots=True)
class AdviceShown:
    """One thing to do, with a picture from there."""

    text: str
    name: str
    picture: str


@dataclass(frozen=True, slots=True)
class MethodShown:
    """One method on the page."""

    survey: MethodSurvey
    states: Markup
    look_alikes_plan: Markup
    curve: Markup
    blocks: tuple[tuple[float, float, float, float, int], ...]  # percentile, probability, right, wrong, looks
    look_alikes: tuple[LookAlikeShown, ...]
    advice: tuple[AdviceShown, ...]
    reasons: tuple[tuple[str, int, str], ...]
    queries: int  # number of answers from a separate drive


def write_report(survey: Survey, file: Path) -> None:
    """Write the page to ``file``; the folder is created."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, render(survey))


def render(survey: Survey) -> str:
    """Return the page as HTML."""
    shown = _sorted_out(survey.advice)
    return (
        environment("reloc.evaluation")
        .get_template("coverage.html")
        .render(
            s=survey,
            found=conclude(survey.methods),
            m=survey.reference_map,
            methods=[_method(survey, one) for one in survey.methods],
            calibrated=[one for one in survey.methods if one.calibration is not None],
            headings=Markup(plans.draw_headings(survey.floor, survey.places, shown)),
            advice=shown,
            not_shown=len(survey.advice) - len(shown),
            gate=GateConfig(),
            hidden=HIDDEN,
            stated=STATED,
        )
    )


def _sorted_out(advice: Sequence[Advice]) -> list[Advice]:
    """Return what the map lacks, without the smaller gaps of headings."""
    headings = [one for one in advice if one.kind == "heading"]
    return [one for one in advice if one.kind != "heading"][:_FAILING] + headings[:_HEADINGS]


def _method(survey: Survey, one: MethodSurvey) -> MethodShown:
    opened, gate = survey.reference_map, GateConfig()
    curve = one.calibration.curve if one.calibration else None
    blocks = () if curve is None else zip(curve.score, curve.probability, curve.right_in, curve.wrong_in, strict=True)
    return MethodShown(
        survey=one,
        states=Markup(plans.draw_states(survey.floor, one.findings, one.advice[:_FAILING])),
        look_alikes_plan=Markup(plans.draw_look_alikes(survey.floor, one.look_alikes) if one.look_alikes else ""),
        curve=Markup(curve_figure.draw(curve, gate.least_probability) if curve is not None else ""),
        blocks=tuple(
            (score, probability, right, wrong, _looks(probability, gate)) for score, probability, right, wrong in blocks
        ),
        look_alikes=tuple(_look_alike(opened, found) for found in one.look_alikes[:_LOOK_ALIKES]),
        advice=tuple(_advice(opened, found) for found in one.advice[:_FAILING]),
        reasons=tuple((reason, count, words(reason)) for reason, count in one.reasons().items()),
        queries=sum(o.reference < 0 for o in one.calibration.record.outcomes) if one.calibration else 0,
    )


def _looks(probability: float, gate: GateConfig) -> int:
    """Return how many looks the gate requires; 0 if it does not count the answer."""
    return looks_needed(probability, gate) if probability >= gate.least_probability else 0


def _look_alike(opened: ReferenceMap, found: LookAlike) -> LookAlikeShown:
    counts = (
        (found.count("wrong"), "answered with the other place"),
        (found.count("ambiguous"), "ambiguous"),
        (found.count("works", "unsure"), "found, but the other place is a close rival"),
    )
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    views = "1 view" if len(found.pairs) == 1 else f"{len(found.pairs)} views"
    pairs = tuple(
        PairShown(
            picture_of(opened, pair.reference),
            picture_of(opened, pair.rival),
            opened.names[pair.reference],
            opened.names[pair.rival],
            f"{pair.metres:.1f} m and {pair.degrees:.0f}° apart, {_STATE_WORDS[pair.state]}"
            + (f": {pair.share:.0%} explained by the other place" if pair.state in ("works", "unsure") else ""),
        )
        for pair in found.shown(opened)
    )
    return LookAlikeShown(found.letter, f"{views}: {told}", pairs)


_STATE_WORDS = {
    "wrong": "the left view was answered with the right view's place",
    "ambiguous": "ambiguous",
    "works": "found",
    "unsure": "found, but with too low a probability",
}


def _advice(opened: ReferenceMap, one: Advice) -> AdviceShown:
    return AdviceShown(one.text, opened.names[one.references[0]], picture_of(opened, one.references[0]))


def picture_of(opened: ReferenceMap, index: int) -> str:
    """Return a small picture of a reference as a ``data:`` address; empty if its image is missing."""
    try:
        return data_uri(images.resize_to(opened.image(index), _SIDE))
    except ImageError:
        return ""
