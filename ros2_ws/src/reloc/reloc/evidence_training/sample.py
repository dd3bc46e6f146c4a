"""One look whose truth is known, and files of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite, nan
from pathlib import Path

from reloc import files
from reloc.errors import SourceError
from reloc.features.extractor import DEFAULT
from reloc.parsing import json_file
from reloc.parsing.blame import Blame

RIGHT_M, RIGHT_DEG = 0.25, 7.0  # a pose nearer than this is right; evaluations of trust call one beyond these wrong:
WRONG_M, WRONG_DEG = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class EvidenceSample:
    """The best hypothesis for an image."""

    kind: str  # how the image was changed, or what it shows
    right: bool | None  # None: neither right nor wrong
    inliers: int = 0  # 0: there is no hypothesis
    facts: dict[str, float | None] = field(default_factory=dict)  # None: unknown
    features: str = DEFAULT  # kind of the local features that gave it


@dataclass(frozen=True, slots=True)
class EvidenceSamples:
    """All samples of one world or drive."""

    world: str
    samples: tuple[EvidenceSample, ...]


def judged(off_m: float, off_deg: float) -> bool | None:
    """Return whether a pose with these errors is right; None if it is neither right nor wrong."""
    if off_m < RIGHT_M and off_deg < RIGHT_DEG:
        return True
    return False if off_m > WRONG_M or off_deg > WRONG_DEG else None


def known(facts: dict[str, float]) -> dict[str, float | None]:
    """Return facts as JSON takes them: None in place of NaN."""
    return {name: value if isfinite(value) else None for name, value in facts.items()}


def value(sample: EvidenceSample, name: str) -> float:
    """Return a fact of a sample; NaN if it is unknown."""
    found = sample.facts[name]
    return nan if found is None else found


def write(path: Path, world: str, samples: Sequence[EvidenceSample]) -> None:
    """Write the samples of one world, whole or not at all."""
    files.write_atomic(path, json.dumps(asdict(EvidenceSamples(world, tuple(samples)))) + "\n")


def read(path: Path) -> EvidenceSamples:
    """Read what :func:`write` wrote.

    Raises:
        SourceError: it is something else.
    """
    blame = Blame(str(path), SourceError, "Delete it; the same command collects it again", verdict="has no samples")
    return json_file.load(path, EvidenceSamples, blame)
