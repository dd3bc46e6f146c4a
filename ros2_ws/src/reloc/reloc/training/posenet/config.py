"""Parameters of the task ``posenet``."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, same, validate
from reloc.training.task_parameters import TaskParameters


@dataclass(frozen=True, slots=True)
class PoseNetTaskConfig:
    """Parameters of the task. The defaults suit training from random weights.

    The paper uses the optimizer sgd, rate 1e-5, loss beta, and ImageNet weights.
    """

    steps: int = same(TaskParameters, "steps", default=6000)
    batch: int = param(
        64,
        "Each step uses this many images over all processes. Raising it steadies learning and costs memory.",
        ge=1,
        expert=True,
    )
    seed: int = same(TaskParameters, "seed")
    width: float = param(
        1.0,
        "The network has this multiple of the paper's channels. Raising it costs time and may be more accurate.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    side: int = param(
        224,
        "The network's input has this width and height. Raising it shows more detail and costs time.",
        unit="px",
        ge=64,
        le=1024,
    )
    small_first: bool = param(
        True, "If true, 70 % of the steps use images of half the side, which is faster.", expert=True
    )
    optimizer: str = same(TaskParameters, "optimizer", choices=("adamw", "sgd"))
    rate: float = param(
        5e-4,
        "The optimizer starts from this learning rate; 1e-5 is the paper's for sgd. Raising it learns "
        "faster and may diverge.",
        ge=0.0,
    )
    decay_epochs: int = param(
        80,
        "With sgd, the learning rate is reduced by 90 % after this many epochs. Raising it keeps the "
        "rate high for longer.",
        ge=1,
        expert=True,
    )
    loss: str = param(
        "learned",
        "The weights of the loss are learned (Kendall 2017), or fixed by beta.",
        choices=("learned", "beta"),
        expert=True,
    )
    beta: float = param(
        100.0,
        "With loss beta, the quaternion's error has this weight against the position error in meters. "
        "Raising it weighs rotation more.",
        ge=0.0,
        expert=True,
    )
    auxiliary: float = param(
        0.3,
        "The two auxiliary regressors have this weight in the loss. Raising it weighs them more; 0 leaves them out.",
        ge=0.0,
        expert=True,
    )
    dropout: float = param(
        0.2,
        "This share of the features is dropped, in training and for the samples. Raising it regularizes "
        "more; 0 drops none.",
        ge=0.0,
        le=0.9,
        expert=True,
    )
    samples: int = same(TaskParameters, "samples", default=40)
    spread_m: float = param(
        0.6,
        "New views lie up to this far from a reference. Raising it trains for views between references; "
        "0 only turns them.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    spread_deg: float = param(
        30.0,
        "New views are turned by up to this. Raising it trains for more different views; 0 does not turn them.",
        unit="deg",
        ge=0.0,
        le=90.0,
        expert=True,
    )
    held_out: float = param(
        0.1,
        "This share of the references is kept to validate the network. Raising it leaves fewer to learn from.",
        ge=0.01,
        le=0.5,
        expert=True,
    )
    weights: str = param(
        "",
        "Training begins with the ImageNet weights in this torchvision GoogLeNet file. Empty begins with "
        "random weights.",
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)

    def side_at(self, step: int) -> int:
        """Return the side of a step's images in pixels. Small images come first: they take a quarter of the time."""
        share = step / self.steps
        if not self.small_first or share >= 0.9:
            return self.side
        return self.side // 2 if share < 0.7 else round(self.side * 5 / 7 / 16) * 16
