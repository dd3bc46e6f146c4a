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
    max_false_accept_rate: float = same(AcceptanceConfig, "max_false_accept_rate")
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
