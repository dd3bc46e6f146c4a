"""Parameters of the action."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class RelocalizeConfig:
    """Values that replace 0 in a goal of ``~/relocalize``."""

    timeout: float = param(
        30.0,
        "A goal of ~/relocalize that gives no timeout ends after this time. Raising it searches for longer.",
        unit="s",
        ge=0.1,
        le=3600.0,
    )
    certainty: float = param(
        0.0,
        "A goal of ~/relocalize without a certainty requires this one. Raising it demands more looks and "
        "a calibrated map; 0 accepts what the gate accepts.",
        ge=0.0,
        le=0.999999,
    )

    def __post_init__(self) -> None:
        validate(self)
