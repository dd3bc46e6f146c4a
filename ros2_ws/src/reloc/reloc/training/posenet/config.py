"""What is learned by the task ``posenet``, and how."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class PoseNetTaskConfig:
    """Parameters of the task. The defaults suit training from nothing; the paper's are in the README."""

    steps: int = param(6000, "steps of the optimizer", ge=1)
    batch: int = param(64, "images a step, over all processes", ge=1)
    seed: int = param(1, "seed of everything random", ge=0)
    width: float = param(1.0, "channels, as a share of the paper's", ge=0.05, le=2.0)
    side: int = param(224, "width and height of the network's input", unit="px", ge=64, le=1024)
    small_first: bool = param(True, "learn on images of half the side for 70 % of the steps, then larger ones")
    optimizer: str = param("adamw", "adamw with a warm-up and a cosine, or the paper's sgd", choices=("adamw", "sgd"))
    rate: float = param(5e-4, "base learning rate; the paper's, for sgd, is 1e-5", ge=0.0)
    decay_epochs: int = param(80, "sgd: epochs after which the rate falls by 90 %", ge=1)
    loss: str = param("learned", "weights of the loss: learned (Kendall 2017) or beta", choices=("learned", "beta"))
    beta: float = param(100.0, "loss beta: weight of the quaternion's error against the metres", ge=0.0)
    auxiliary: float = param(0.3, "weight of the two auxiliary regressors", ge=0.0)
    dropout: float = param(0.2, "share of features dropped, when training and for the samples", ge=0.0, le=0.9)
    samples: int = param(40, "samples of dropout that the exported network gives", ge=2, le=1000)
    spread_m: float = param(0.6, "how far new views lie from a reference; 0: only turned", unit="m", ge=0.0)
    spread_deg: float = param(30.0, "how far new views are turned", unit="deg", ge=0.0, le=90.0)
    held_out: float = param(0.1, "share of the references kept to judge the network by", ge=0.01, le=0.5)
    weights: str = param("", "file of torchvision's googlenet weights (ImageNet) to begin with")

    def __post_init__(self) -> None:
        validate(self)

    def side_at(self, step: int) -> int:
        """Side of the images of a step: small images teach the coarse things in a quarter of the time."""
        share = step / self.steps
        if not self.small_first or share >= 0.9:
            return self.side
        return self.side // 2 if share < 0.7 else round(self.side * 5 / 7 / 16) * 16
