"""Write the report's page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reloc.datatypes import Localized, Lost
from reloc.evaluation.evaluation import Evaluation
from reloc.evaluation.outcome import QueryOutcome
from reloc.evaluation.report import calibration_figure, error_figures, pictures, time_figure, top_view
from reloc.evaluation.report.conclusion import conclude
from reloc.files import write_atomic
from reloc.maps.reference_map import ReferenceMap
from reloc.pages.template import environment

WORST_SHOWN = 9
LOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """One query on the page: two pictures with a caption."""

    name: str
    reference: str
    words: str
    query_picture: str  # data: addresses, empty if there is no picture
    reference_picture: str


def write_report(evaluation: Evaluation, reference_map: ReferenceMap, file: Path) -> None:
    """Write the page to ``file``; the folder is created."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, render(evaluation, reference_map))


def render(evaluation: Evaluation, reference_map: ReferenceMap) -> str:
    """Return the page as HTML; it refers to no other file."""
    outcomes = evaluation.outcomes
    lost = [o for o in outcomes if isinstance(o.answer, Lost)]
    return (
        environment("reloc.evaluation")
        .get_template("report.html")
        .render(
            e=evaluation,
            s=evaluation.summary,
            found=conclude(evaluation.summary),
            has_truth=any(o.world_from_true is not None for o in outcomes),
            figures={name: Markup(text) for name, text in _figures(evaluation, reference_map).items()},
            worst=[_show(o, reference_map) for o in worst(outcomes)[:WORST_SHOWN]],
            lost_shown=[_show(o, reference_map) for o in _spread(lost, LOST_SHOWN)],
            lost=[
                (o.name, o.answer.reason.value, o.answer.detail, _inliers(o))
                for o in lost
                if isinstance(o.answer, Lost)
            ],
        )
    )


def worst(outcomes: Sequence[QueryOutcome]) -> list[QueryOutcome]:
    """Return answers, the worst first: by error if the truth is known, else by the fewest inliers."""

    def badness(outcome: QueryOutcome) -> tuple[float, int]:
        errors = outcome.errors
        return (max(errors.translation_m / 0.05, errors.rotation_deg / 5.0) if errors else 0.0, -_inliers(outcome))

    return sorted((o for o in outcomes if isinstance(o.answer, Localized)), key=badness, reverse=True)


def _figures(evaluation: Evaluation, reference_map: ReferenceMap) -> dict[str, str]:
    """Return the figures for which there are data."""
    outcomes = evaluation.outcomes
    found = {}
    if any(o.world_from_true is not None or isinstance(o.answer, Localized) for o in outcomes):
        found["top"] = top_view.draw(outcomes, reference_map.world_from_cam)
    if any(o.errors is not None or o.baseline is not None for o in outcomes):
        found["cumulative"] = error_figures.draw_cumulative(outcomes)
    if any(o.errors is not None for o in outcomes):
        found["by_frame"] = error_figures.draw_by_frame(outcomes)
        found["calibration"] = calibration_figure.draw(outcomes)
    if any(o.ms > 0 for o in outcomes):
        found["time"] = time_figure.draw(outcomes, evaluation.summary)
    return found


def _show(outcome: QueryOutcome, reference_map: ReferenceMap) -> Shown:
    return Shown(
        outcome.name,
        outcome.references[0] if outcome.references else "",
        _words(outcome),
        pictures.query_picture(outcome),
        pictures.reference_picture(outcome, reference_map),
    )


def _words(outcome: QueryOutcome) -> str:
    support = f"{_inliers(outcome)} inliers"
    if isinstance(outcome.answer, Lost):
        return (
            f"{outcome.answer.reason.value.replace('_', ' ')}: {outcome.answer.detail}"
            if outcome.answer.detail
            else outcome.answer.reason.value.replace("_", " ")
        )
    if outcome.errors is None:
        return support
    return f"{outcome.errors.translation_m * 100:.1f} cm, {outcome.errors.rotation_deg:.2f} deg, {support}"


def _inliers(outcome: QueryOutcome) -> int:
    return outcome.answer.support.inliers if outcome.answer.support else 0


def _spread(outcomes: Sequence[QueryOutcome], count: int) -> list[QueryOutcome]:
    """Return at most ``count`` of them, evenly over the list."""
    step = max(1, math.ceil(len(outcomes) / count))
    return list(outcomes[::step])
