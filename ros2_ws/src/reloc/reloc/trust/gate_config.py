"""The gate's parameters: how much agreement an answer needs."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class GateConfig:
    """Parameters of the gate."""

    looks: int = param(
        3,
        "Without calibrated probabilities, this many looks must agree before a first fix or a jump is "
        "accepted. Raising it prevents more false accepts and slows recovery.",
        ge=1,
        le=50,
    )
    look_window_s: float = param(
        3.0,
        "Looks older than this no longer count. Raising it lets a slow camera collect enough looks that agree.",
        unit="s",
        ge=0.1,
        le=60.0,
        expert=True,
    )
    max_false_accept_rate: float = param(
        0.001,
        "With calibrated probabilities, looks must agree until the probability that all are wrong is "
        "below this. Raising it accepts a pose after fewer looks.",
        ge=1e-9,
        le=0.5,
    )
    looks_most: int = param(
        10,
        "With calibrated probabilities, the gate never demands more agreeing looks than this. Raising it "
        "slows recovery where probabilities are low.",
        ge=1,
        le=50,
        expert=True,
    )
    least_probability: float = param(
        0.5,
        "A look with a lower calibrated probability than this is refused, however many agree. Raising it "
        "refuses more looks; 0 refuses none.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    same_view: float = param(
        1.0,
        "An imprecise look is new evidence once the camera moved by this many of its sigmas. Raising it "
        "demands more motion; 0 counts every look.",
        ge=0.0,
        le=10.0,
        expert=True,
    )
    precise_m: float = param(
        0.1,
        "A look with at most this position sigma always counts as new evidence, unless its rotation "
        "sigma exceeds precise_deg. Raising it counts more looks.",
        unit="m",
        ge=0.0,
        le=10.0,
        expert=True,
    )
    precise_deg: float = param(
        3.0,
        "A look with at most this rotation sigma always counts as new evidence, unless its position "
        "sigma exceeds precise_m. Raising it counts more looks.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    max_sigma_m: float = param(
        0.5,
        "A look is refused if its position sigma exceeds this. Raising it accepts less precise poses.",
        unit="m",
        ge=0.0,
        le=1000.0,
    )
    max_sigma_deg: float = param(
        10.0,
        "A look is refused if its rotation sigma exceeds this. Raising it accepts less precise poses.",
        unit="deg",
        ge=0.0,
        le=180.0,
    )
    agree_m: float = param(
        0.3,
        "Two looks always agree in position if they differ by at most this, whatever their covariances. "
        "Raising it accepts more scatter.",
        unit="m",
        ge=0.0,
        le=10.0,
        expert=True,
    )
    agree_deg: float = param(
        8.0,
        "Two looks always agree in rotation if they differ by at most this, whatever their covariances. "
        "Raising it accepts more scatter.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    max_agree_m: float = param(
        1.5,
        "Two looks never agree if their positions differ by more than this, whatever their covariances. "
        "Raising it lets less precise looks agree.",
        unit="m",
        ge=0.0,
        le=100.0,
        expert=True,
    )
    max_agree_deg: float = param(
        30.0,
        "Two looks never agree if their rotations differ by more than this, whatever their covariances. "
        "Raising it lets less precise looks agree.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    lens_looks: int = param(
        2,
        "No answer counts once this many looks within look_window_s showed another focal length. Raising "
        "it tolerates more such looks; 0 turns the check off.",
        ge=0,
        le=50,
        expert=True,
    )
    recheck_m: float = param(
        0.5,
        "While a method tracks that does not check itself, an answer is verified again when the robot moved by this, "
        "or after lost_after_s. Raising it costs less time and notices errors later.",
        unit="m",
        ge=0.0,
        le=1000.0,
        expert=True,
    )
    recheck_deg: float = param(
        30.0,
        "While a method tracks that does not check itself, an answer is verified again when the robot turned by this. "
        "Raising it costs less time and notices errors later.",
        unit="deg",
        ge=0.0,
        le=36000.0,
        expert=True,
    )
    drift: float = param(
        0.1,
        "Odometry may be wrong by this share of the distance traveled and of the angle turned. Raising "
        "it accepts larger differences between looks.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    drift_deg: float = param(
        1.5,
        "Odometry's heading may be wrong by this much for each meter traveled. Raising it accepts larger "
        "differences between looks.",
        unit="deg/m",
        ge=0.0,
        le=90.0,
        expert=True,
    )
    max_odom_speed: float = param(
        10.0,
        "Odometry that moves faster than this has jumped, and earlier odometry is forgotten. Raising it "
        "notices fewer jumps; keep it well above the robot's top speed.",
        unit="m/s",
        ge=0.1,
        le=1000.0,
        expert=True,
    )
    max_speed: float = param(
        2.0,
        "Without odometry, the robot moves at most this fast between two looks; COASTING ends above it. Raising it "
        "accepts looks that lie farther apart.",
        unit="m/s",
        ge=0.0,
        le=50.0,
        expert=True,
    )
    max_turn_deg: float = param(
        120.0,
        "Without odometry, the robot turns at most this fast between two looks; COASTING ends above it. Raising it "
        "accepts looks that are turned further.",
        unit="deg/s",
        ge=0.0,
        expert=True,
    )
    lost_after_s: float = param(
        1.0,
        "The robot is LOST after this time without an accepted look, unless it is COASTING. Raising it keeps an old "
        "pose alive for longer.",
        unit="s",
        ge=0.05,
        le=60.0,
    )
    # The defaults equal max_sigma_m and max_sigma_deg, above which looks are refused. Two sigmas are within max_agree_m
    # and max_agree_deg, so that the look that ends coasting can still agree.
    coast_m: float = param(
        0.5,
        "The pose is carried on by odometry (COASTING) while its position sigma, which grows by drift, is below this. "
        "Raising it bridges longer ambiguous stretches; 0 turns COASTING off.",
        unit="m",
        ge=0.0,
        le=100.0,
        expert=True,
    )
    coast_deg: float = param(
        10.0,
        "The pose is carried on by odometry (COASTING) while its rotation sigma, which grows by drift and drift_deg, "
        "is below this. Raising it bridges longer ambiguous stretches; 0 turns COASTING off.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    coast_s: float = param(
        10.0,
        "The pose is carried on by odometry (COASTING) for at most this time without an accepted look. Raising it "
        "bridges longer stretches, but a kidnap may be noticed later; 0 turns COASTING off.",
        unit="s",
        ge=0.0,
        le=600.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
