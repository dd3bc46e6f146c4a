"""Write the page from the content of a run's folder. It needs no torch."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reloc.files import write_atomic
from reloc.pages.template import environment, picture_uri
from reloc.training import logs
from reloc.training.report import curves
from reloc.training.report.conclusion import conclude
from reloc.training.run import TrainingRun


def write_report(run: TrainingRun) -> Path:
    """Write ``report.html`` into the run's folder; it refers to no other file."""
    write_atomic(run.report, render(run))
    return run.report


def render(run: TrainingRun) -> str:
    """Return the page as HTML."""
    entries = logs.read(run.log)
    about = run.about
    best = about.get("best", {})
    return (
        environment("reloc.training")
        .get_template("report.html")
        .render(
            about=about,
            folder=str(run.folder),
            best=best,
            found=conclude(about, [e for e in entries if e["kind"] == logs.HELD_OUT_CURVE]),
            figures={
                kind: [
                    Markup(curves.draw(entries, kind, name, best.get("step", 0)))
                    for name in curves.names(entries, kind)
                ]
                for kind in (logs.HELD_OUT_CURVE, logs.TRAIN)
            },
            looks=[e for e in entries if e["kind"] == logs.HELD_OUT_CURVE],
            columns=curves.names(entries, logs.HELD_OUT_CURVE),
            pictures=_pictures(run),
            commands=[shlex.join(c) for c in about["commands"]],
        )
    )


def _pictures(run: TrainingRun) -> list[tuple[str, str]]:
    """Return captions and ``data:`` addresses of the task's existing pictures."""
    noted: list[dict[str, Any]] = run.about.get("pictures", [])
    return [
        (p["caption"], picture_uri(run.folder / p["file"])) for p in noted if os.path.isfile(run.folder / p["file"])
    ]
