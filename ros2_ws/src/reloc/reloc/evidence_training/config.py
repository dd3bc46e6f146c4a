"""Parameters of `reloc train evidence`."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class EvidenceTrainingConfig:
    """Parameters of the training. Each world takes some two minutes on one processor core."""

    worlds: int = param(
        12,
        "Hypotheses are collected in this many rendered worlds. Raising it takes longer and is more exact.",
        ge=1,
        le=10000,
    )
    doubled: int = param(
        4,
        "This many further worlds are mapped twice, or in part twice. Raising it refuses more look-alikes.",
        ge=0,
        le=10000,
    )
    seed: int = param(3000, "The first world has this seed, the others those that follow.", ge=0)
    views: int = param(
        20, "Each world is looked at from this many places. Raising it takes longer and is more exact.", ge=1, le=1000
    )
    features: str = param(
        "rootsift,points",
        "Hypotheses of these kinds of local features are collected, separated by commas. Raising their number takes "
        "longer.",
    )
    photos: str = param("", "Photographs in this folder are pasted into images. Empty uses colored clouds.")
    elsewhere: str = param("", "Pictures in this folder show other places. Empty uses none.")
    folds: int = param(
        6,
        "Worlds are left out in this many groups to measure how many wrong answers pass. Raising it takes longer.",
        ge=2,
        le=100,
        expert=True,
    )
    penalty: float = param(
        0.2,
        "Large log-odds are penalized by this. Raising it makes the model more careful with little data.",
        ge=0.0,
        le=1000.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of local features, in order, each once."""
        return tuple(dict.fromkeys(name.strip() for name in self.features.split(",") if name.strip()))
