"""How much agreement an answer needs: the gate's parameters."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class GateConfig:
    """How much agreement an answer needs."""

    looks: int = param(3, "Answers that must agree before a first fix or a jump is accepted", ge=1, le=50)
    look_window_s: float = param(3.0, "Looks older than this no longer count", unit="s", ge=0.1, le=60.0)
    max_false_accept_rate: float = param(
        0.001, "With calibrated answers: so many looks that all are wrong no oftener than this", ge=1e-9, le=0.5
    )
    looks_most: int = param(10, "With calibrated answers: more looks than this are not asked for", ge=1, le=50)
    least_probability: float = param(
        0.5, "An answer less probably right than this is no evidence, however many there are", ge=0.0, le=1.0
    )
    same_view: float = param(
        1.0,
        "An imprecise look is a new one once the camera moved, or turned, by so many of its standard deviations: "
        "a network errs alike at one place; 0: each look is",
        ge=0.0,
        le=10.0,
    )
    precise_m: float = param(0.1, "A look is precise, and always a new one, if its standard deviation is below",
                             unit="m", ge=0.0, le=10.0)  # fmt: skip
    precise_deg: float = param(3.0, "this and, of the rotation, below this", unit="deg", ge=0.0, le=180.0)
    max_sigma_m: float = param(0.5, "An answer whose standard deviation is greater is refused, and", unit="m",
                               ge=0.0, le=1000.0)  # fmt: skip
    max_sigma_deg: float = param(10.0, "one whose rotation has a greater one than this", unit="deg", ge=0.0, le=180.0)
    agree_m: float = param(0.3, "Two looks agree when nearer than this, and", unit="m", ge=0.0, le=10.0)
    agree_deg: float = param(8.0, "turned less than this; or as far as their covariances explain (99 %)",
                             unit="deg", ge=0.0, le=180.0)  # fmt: skip
    max_agree_m: float = param(1.5, "Farther apart than this they never agree, nor", unit="m", ge=0.0, le=100.0)
    max_agree_deg: float = param(30.0, "turned more than this, however unsure they are", unit="deg", ge=0.0, le=180.0)
    lens_looks: int = param(
        2, "No answer counts while so many looks in look_window_s showed another focal length; 0: each for itself",
        ge=0, le=50,
    )  # fmt: skip
    drift: float = param(0.1, "Odometry's error a metre travelled, and a radian turned; widens what agrees",
                         ge=0.0, le=1.0)  # fmt: skip
    drift_deg: float = param(1.5, "Odometry's error of heading a metre travelled", unit="deg/m", ge=0.0, le=90.0)
    max_odom_speed: float = param(
        10.0, "Odometry that says faster jumped: what it said before is of no use", unit="m/s", ge=0.1, le=1000.0
    )
    max_speed: float = param(2.0, "Fastest motion believed without odometry", unit="m/s", ge=0.0, le=50.0)
    max_turn_deg: float = param(120.0, "Fastest turn believed without odometry, a second", unit="deg", ge=0.0)
    lost_after_s: float = param(1.0, "LOST after so long without an accepted fix", unit="s", ge=0.05, le=60.0)

    def __post_init__(self) -> None:
        validate(self)
