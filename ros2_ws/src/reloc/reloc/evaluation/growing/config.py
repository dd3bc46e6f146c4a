"""Options of adding a drive to a map."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class JoinConfig:
    """When a drive may join a map."""

    max_apart_m: float = param(
        0.1,
        "A drive is refused if its poses differ from the map's answers by more than this (median). Raising it accepts "
        "poses that disagree, and landmarks get less exact.",
        unit="m",
        ge=0.0,
    )
    max_apart_deg: float = param(
        2.0,
        "A drive is refused if its rotations differ from the map's answers by more than this (median). Raising it "
        "accepts poses that disagree.",
        unit="deg",
        ge=0.0,
        le=180.0,
    )
    min_localized: int = param(
        5,
        "A drive is refused if the map localizes fewer of its frames than this. Raising it asks for more overlap.",
        ge=1,
        expert=True,
    )
    known_share: float = param(
        0.8,
        "A frame is left out if the map localizes it and a reference shares this much of its view. Raising it adds "
        "more frames; 0 adds all.",
        ge=0.0,
        le=1.0,
    )

    def __post_init__(self) -> None:
        validate(self)
