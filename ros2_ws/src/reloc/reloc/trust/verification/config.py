"""Parameters of the verification."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, same, validate
from reloc.estimators.acceptance.config import AcceptanceConfig

WHEN = ("auto", "always", "never")


@dataclass(frozen=True, slots=True)
class VerificationConfig:
    """Parameters of the verification."""

    when: str = param(
        "auto",
        "Choose when an answer that the gate did not expect is verified. `auto` verifies methods that do "
        "not check themselves, if the map has what it needs.",
        choices=WHEN,
        read_only=True,
    )
    retrieval: str = param(
        "",
        "This global descriptor proposes rival places. Empty uses vlad, or the first descriptor that the map has.",
        read_only=True,
        expert=True,
    )
    references: int = param(
        6,
        "An answer is compared with at most this many references that should see the same view. Raising "
        "it finds more errors and costs time.",
        ge=1,
        le=50,
        expert=True,
    )
    rivals: int = param(
        2,
        "At most this many other places are compared with the answer. Raising it finds more look-alikes "
        "and costs time; 0 compares none.",
        ge=0,
        le=20,
        expert=True,
    )
    rival_references: int = param(
        3,
        "At most this many references are compared in each other place. Raising it finds more look- "
        "alikes and costs time.",
        ge=1,
        le=50,
        expert=True,
    )
    max_rival: float = same(AcceptanceConfig, "max_rival")
    max_log_false_alarms: float = param(
        -4.0,
        "The logarithm (base 10) of the number of chance poses with equal evidence must not exceed this. "
        "Raising it accepts weaker evidence.",
        ge=-300.0,
        le=0.0,
        expert=True,
    )
    max_log_repeated: float = param(
        -30.0,
        "This limit replaces max_log_false_alarms if every compared reference was already used for the "
        "answer. Raising it accepts weaker evidence.",
        ge=-300.0,
        le=0.0,
        expert=True,
    )
    min_coverage: float = same(AcceptanceConfig, "min_coverage")
    min_agreement: float = same(AcceptanceConfig, "min_agreement")
    min_presence: float = same(AcceptanceConfig, "min_presence")
    min_planar_coverage: float = param(
        0.12,
        "Agreeing matches on a single plane must cover at least this share of the image grid. Raising it "
        "refuses more posters that may hang elsewhere.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_off_m: float = param(
        0.5,
        "An answer is contradicted if local features put the camera farther from it than this, whatever "
        "its covariance. Raising it accepts larger differences.",
        unit="m",
        ge=0.0,
        le=100.0,
        expert=True,
    )
    max_off_deg: float = param(
        10.0,
        "An answer is contradicted if local features turn the camera by more than this, whatever its "
        "covariance. Raising it accepts larger differences.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
