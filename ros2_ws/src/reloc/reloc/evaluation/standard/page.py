"""Write the tables as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reloc.evaluation.standard.conclusion import conclude
from reloc.evaluation.standard.suites import Suite
from reloc.evaluation.standard.tables import TITLES, Table, left_out, median_cell, not_run, recall_cell
from reloc.files import write_atomic
from reloc.pages.template import environment


def write(file: Path, suite: Suite, made: Sequence[Table], values: Mapping[str, Any]) -> None:
    """Write the page; the folder is created."""
    template = environment("reloc.evaluation").get_template("standard.html")
    file.parent.mkdir(parents=True, exist_ok=True)
    settings = {name: value for name, value in values["settings"].items() if value not in ("", 0, {}, [])}
    write_atomic(
        file,
        template.render(
            suite=suite, tables=made, titles=TITLES, median=median_cell, recall=recall_cell, cpu=values["cpu"],
            found=conclude(made, left_out(values["settings"])), not_run=not_run(made), settings=settings,
            versions=values["versions"],
        ),
    )  # fmt: skip
