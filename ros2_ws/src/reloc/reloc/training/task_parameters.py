"""Parameters that several training tasks have: each task takes them with :func:`reloc.config.same`.

A task may change the default.
"""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param


@dataclass(frozen=True, slots=True)
class TaskParameters:
    """Parameters of a training task. The fields of rendered rooms are those of ``RoomsParameters``."""

    width: float = param(
        1.0,
        "The network has this multiple of the variant's channels. Raising it costs time and may be more accurate.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    side: int = param(
        128,
        "The network's images have this width and height, 224 in the paper. Raising it shows more detail "
        "and costs time.",
        unit="px",
        ge=32,
        le=512,
    )
    steps: int = param(
        20000, "The optimizer takes this many steps. Raising it trains for longer and usually better.", ge=1
    )
    seed: int = param(1, "This seeds everything random in the training.", ge=0)
    maps: str = param(
        "", "Training also uses these map folders, separated by commas. Empty uses synthetic worlds only."
    )
    map_share: float = param(
        0.5,
        "This share of a step's places comes from maps, if maps are given. Raising it uses fewer synthetic "
        "places; 0 uses none of the maps.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    groups: int = param(
        6,
        "Each step uses this many places over all processes. Raising it steadies learning and costs memory.",
        ge=1,
        expert=True,
    )
    pairs: int = param(
        8,
        "Each place of a step contributes this many pairs. Raising it steadies learning and costs memory.",
        ge=1,
        expert=True,
    )
    optimizer: str = param(
        "adamw",
        "This optimizer trains the network: adamw, with a warm-up and a cosine schedule, or the paper's.",
        choices=("adamw", "adam"),
        expert=True,
    )
    samples: int = param(
        100,
        "The exported network computes this many dropout samples. Raising it steadies the covariance and costs time.",
        ge=2,
        le=1000,
        expert=True,
    )
    weights: str = param(
        "",
        "Training begins with the ImageNet weights in this torchvision ResNet file. Empty begins with random weights.",
        expert=True,
    )
