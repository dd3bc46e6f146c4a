"""Parameters of rendered rooms. Each task takes those that it has with :func:`reloc.config.same`."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param


@dataclass(frozen=True, slots=True)
class RoomsParameters:
    """Parameters of a task that learns from rendered rooms."""

    worlds: int = param(
        2000,
        "This many synthetic worlds are rendered once and kept for training. Raising it costs time and disk.",
        ge=1,
    )
    held_out: int = param(
        48,
        "This many further worlds are kept to validate the network. Raising it validates more exactly "
        "and takes longer.",
        ge=4,
        expert=True,
    )
    places: int = param(
        3,
        "Each world is viewed from this many places. Raising it adds training views and costs time and disk.",
        ge=1,
        le=100,
        expert=True,
    )
    views: int = param(
        8,
        "Each place is rendered from this many views. Raising it adds training pairs and costs time and disk.",
        ge=2,
        le=64,
        expert=True,
    )
    sparse: float = param(
        0.25,
        "This share of the worlds is viewed as by a driving robot, the rest in all directions. Raising "
        "it trains more for robots; 0 uses none.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    view_deg: float = param(
        62.7,
        "Each rendered view has this horizontal angle of view. Set it near your cameras' angle.",
        unit="deg",
        ge=20.0,
        le=140.0,
        expert=True,
    )
    aspect: float = param(
        4.0 / 3.0,
        "Each rendered view has this ratio of width to height, and is squeezed into a square.",
        ge=0.5,
        le=3,
        expert=True,
    )
    response: float = param(
        0.3,
        "This scales the variation of exposure, color and noise between cameras. Raising it trains for "
        "more varied cameras; 0 makes them equal.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    textures: str = param(
        "", "This folder of photographs supplies further textures. Empty uses generated textures only.", expert=True
    )
