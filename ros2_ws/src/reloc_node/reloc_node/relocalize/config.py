"""Parameters of the action."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class RelocalizeConfig:
    """What a goal of ``~/relocalize`` means by 0."""

    timeout: float = param(30.0, "Time of a goal that asks for none", unit="s", ge=0.1, le=3600.0)
    certainty: float = param(
        0.0,
        "Certainty of a goal that asks for none; 0: as sure as the gate is. More takes a calibrated map",
        ge=0.0,
        le=0.999999,
    )

    def __post_init__(self) -> None:
        validate(self)
