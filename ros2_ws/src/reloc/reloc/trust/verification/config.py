"""Parameters of the verification."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

WHEN = ("auto", "always", "never")


@dataclass(frozen=True, slots=True)
class VerificationConfig:
    """What the map's images must say of an answer."""

    when: str = param(
        "auto",
        "Which answers are verified before they count, of those that the gate did not expect where they are: `auto` "
        "those of methods that do not check themselves, if the map allows it; `always`; `never`",
        choices=WHEN,
        read_only=True,
    )
    retrieval: str = param(
        "", "Global descriptor that proposes rivals; empty: vlad, or the first that the map has", read_only=True
    )
    references: int = param(6, "References that should see what the image shows, to compare with", ge=1, le=50)
    rivals: int = param(2, "Other places that are tried", ge=0, le=20)
    rival_references: int = param(3, "References compared in each of them", ge=1, le=50)
    max_rival: float = param(
        0.7, "Ambiguous where another place explains more than this share of the key points", ge=0.0, le=1.0
    )
    max_log_false_alarms: float = param(
        -4.0, "Decimal logarithm of how often chance alone may give such evidence", ge=-300.0, le=0.0
    )
    max_log_repeated: float = param(
        -30.0, "The same where only the references that made the answer can be asked", ge=-300.0, le=0.0
    )
    min_coverage: float = param(
        0.06, "Share of an 8 x 8 grid over the image that consistent matches must touch", ge=0.0, le=1.0
    )
    min_agreement: float = param(
        0.5,
        "Unverified where of the cells of that grid that surely show something of the references fewer agree",
        ge=0.0,
        le=1.0,
    )
    min_presence: float = param(
        0.3,
        "Unverified where of the cells in which the pose says that the references' landmarks must be, fewer show any",
        ge=0.0,
        le=1.0,
    )
    min_planar_coverage: float = param(
        0.12, "The same where all of them lie on one plane: a poster may hang in two rooms", ge=0.0, le=1.0
    )
    max_off_m: float = param(
        0.5, "Contradicted where local features put the camera farther off than this, or", unit="m", ge=0.0, le=100.0
    )
    max_off_deg: float = param(
        10.0, "turned more than this, whatever the answer's covariance says", unit="deg", ge=0.0, le=180.0
    )

    def __post_init__(self) -> None:
        validate(self)
