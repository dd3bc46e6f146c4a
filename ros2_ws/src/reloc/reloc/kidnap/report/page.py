"""Write the report's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reloc.evaluation import environment
from reloc.files import write_atomic
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.episode import Episode
from reloc.kidnap.report import figures
from reloc.kidnap.report.conclusion import conclude
from reloc.kidnap.report.shots import shots_of
from reloc.kidnap.scenery import Scenery
from reloc.kidnap.scoring import Score
from reloc.maps.reference_map import ReferenceMap
from reloc.pages import template

_FALSE_SHOWN, _MISSED_SHOWN = 200, 100


@dataclass(frozen=True, eq=False)
class Test:
    """The content of the page."""

    __test__ = False  # pytest must not collect this class

    localizer: str
    reference_map: ReferenceMap
    scenery: Scenery
    disturbances: Sequence[type[Disturbance]]
    config: KidnapConfig
    settings: Mapping[str, Any]
    episodes: Sequence[Episode]
    scores: Sequence[Score]  # the last one counts all kidnaps


def write_report(test: Test, file: Path) -> None:
    """Write the page to ``file``; create its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, render(test))


def render(test: Test) -> str:
    """Return the page as HTML; it refers to no other file."""
    recoverable = [d.name for d in test.disturbances if d.recoverable]
    episodes = test.episodes
    fixes = [(episode, fix) for episode in episodes for fix in episode.false[:2]]
    missed = [e for e in episodes if e.recovered_s is None and e.disturbance in recoverable]
    drawn = {
        "times": figures.draw_times(episodes, recoverable, test.config.after_s),
        "places": figures.draw_places(episodes, test.reference_map.world_from_cam, recoverable),
    }
    return (
        template.environment("reloc.kidnap")
        .get_template("kidnap.html")
        .render(
            t=test,
            s=test.scores[-1],
            found=conclude(test.scores[-1]),
            rows=test.scores,
            recoverable=recoverable,
            figures={name: Markup(text) for name, text in drawn.items()},
            shots=shots_of(test.scenery, test.disturbances, test.config),
            fixes=fixes[:_FALSE_SHOWN],
            false_count=sum(bool(e.false) for e in episodes),
            missed=missed[:_MISSED_SHOWN],
            missed_count=len(missed),
            cpu=environment.cpu_name(),
            versions=environment.versions(),
        )
    )
