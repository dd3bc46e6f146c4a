"""The result of one evaluation, and its JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reloc.evaluation.outcome import QueryOutcome
from reloc.evaluation.summary import Summary
from reloc.files import write_atomic


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The run's method and data, and its results."""

    summary: Summary
    outcomes: tuple[QueryOutcome, ...]
    map_path: str
    map_hash: str
    references: int  # in the map
    queries_path: str
    camera: str  # description of the queries' intrinsics
    parameters: Mapping[str, Any]  # parameters of the localizer that differ from the defaults
    versions: Mapping[str, str]
    cpu: str

    def to_dict(self) -> dict[str, Any]:
        """Return the summary's keys at the top level, the context, and ``frames``. NaN and infinity become None."""
        context = {
            "map": self.map_path,
            "map_hash": self.map_hash,
            "references": self.references,
            "queries_path": self.queries_path,
            "camera": self.camera,
            "parameters": dict(self.parameters),
            "versions": dict(self.versions),
            "cpu": self.cpu,
        }
        frames = [outcome.to_dict() for outcome in self.outcomes]
        values: dict[str, Any] = finite({**dataclasses.asdict(self.summary), **context, "frames": frames})
        return values

    def write_json(self, file: Path) -> None:
        """Write :meth:`to_dict` to ``file``; the folder is created."""
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")


def finite(value: Any) -> Any:
    """Return ``value`` with every float that JSON cannot hold (NaN, infinity) replaced by None, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
