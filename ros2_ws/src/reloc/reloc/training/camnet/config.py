"""What is learned by the task ``camnet``, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.camnet_config import VARIANTS, CamNetNetworkConfig
from reloc.networks.widths import channels
from reloc.training.exrenet.rooms_config import square_camera


@dataclass(frozen=True, slots=True)
class CamNetTaskConfig:
    """Parameters of the task. The paper's: variant full, side 224, groups 16, ImageNet weights.

    Ablation (table 2): Br is ``--frustum 0 --angle 0 --triplet 0``, where retrieval shares the coarse poses' features
    as in its [18]; Br + Fl, Br + Al, Br + Bl leave one of the three at 1. Nr, Nr + Pr, + Rp and full are the stages of
    one network with all of them: benchmarks/camnet_ablation.py.
    """

    variant: str = param("light", "network: the paper's full one, or light", choices=tuple(VARIANTS))
    width: float = param(1.0, "channels, as a share of the variant's", ge=0.05, le=2.0)
    side: int = param(128, "width and height of the network's images; the paper's is 224", unit="px", ge=64, le=512)
    steps: int = param(20000, "steps of the optimizer", ge=1)
    seed: int = param(1, "seed of everything random", ge=0)
    maps: str = param("", "folders of maps to learn from, separated by commas; empty: synthetic worlds alone")
    map_share: float = param(0.5, "share of the places of a step that are of maps, where there are both", ge=0, le=1)
    worlds: int = param(2000, "synthetic worlds to learn from; 0: maps alone", ge=0)
    held_out: int = param(48, "further worlds, to judge the network by", ge=0)
    held_out_share: float = param(0.1, "share of each map's references to judge the network by", ge=0.01, le=0.5)
    places: int = param(3, "places looked at in a world", ge=1, le=100)
    views: int = param(8, "views of a place", ge=2, le=64)
    sparse: float = param(0.25, "share of worlds seen as by a robot", ge=0.0, le=1.0)
    view_deg: float = param(62.7, "angle of view across the width", unit="deg", ge=20.0, le=140.0)
    aspect: float = param(4.0 / 3.0, "width by height of a view, which is squeezed into a square", ge=0.5, le=3)
    response: float = param(0.3, "how different exposure, colour and noise of the cameras are", ge=0.0, le=1.0)
    textures: str = param("", "folder of photographs to use as textures, too")
    groups: int = param(8, "places a step, over all processes", ge=1)
    pool: int = param(8, "images of each of them; every one is an anchor and may be a reference", ge=4, le=64)
    optimizer: str = param("sgd", "the paper's sgd, or adamw with a warm-up and a cosine", choices=("sgd", "adamw"))
    rate: float = param(0.01, "base learning rate; for adamw 0.001 is good", ge=0.0)
    frustum: float = param(1.0, "weight of the bilateral frustum loss", ge=0.0)
    angle: float = param(1.0, "weight of the angle loss", ge=0.0)
    triplet: float = param(1.0, "weight of the batch-hard triplet loss", ge=0.0)
    coarse: float = param(1.0, "weight of the coarse poses", ge=0.0)
    fine: float = param(1.0, "weight of the fine poses", ge=0.0)
    margin: float = param(0.1, "of the triplet loss, between distances of descriptors", ge=0.0, le=2.0)
    estimated: float = param(0.5, "lambda: share of fine pairs about the coarse pose, others the true one", ge=0, le=1)
    jitter_m: float = param(0.04, "alpha: how far the true pose is moved first", unit="m", ge=0.0, le=10.0)
    jitter_turn: float = param(0.02, "epsilon: how far it is turned, as a share of half a turn", ge=0.0, le=1.0)
    min_overlap: float = param(0.1, "least overlap, or likeness, of two views whose relative pose is learned", ge=0)
    flip: bool = param(True, "mirror half of the places: images and poses together")
    jitter: float = param(0.4, "of brightness, contrast and saturation: the paper's threshold", ge=0.0, le=1.0)
    blur: float = param(0.3, "share of images that are blurred", ge=0.0, le=1.0)
    begin: str = param("", "run of this task, or of exrenet, whose weights to begin with; what fits")
    keep: bool = param(
        False, "trunk, fine branch and its regressor stay as --begin gave them; the rest learns, in a third of the time"
    )
    weights: str = param("", "file of torchvision's ResNet weights (ImageNet) to begin with")

    def __post_init__(self) -> None:
        validate(self)
        _ = self.network  # sizes that cannot be are told before a world is rendered
        if not self.worlds and not self.map_folders:
            raise ConfigError("worlds=0 and no maps: there is nothing to learn from", "Give --maps or some --worlds")
        if self.worlds and not self.held_out:
            raise ConfigError("held_out=0: there is no world to judge the network by", "Hold out some, say 48")
        if self.keep and not self.begin:
            raise ConfigError("keep=True, and nothing that it begins with", "Give --begin, or leave --keep out")
        if not self.retrieves and not self.coarse:
            raise ConfigError("All of the losses of retrieval and of coarse poses are off", "Leave one of them on")

    @property
    def map_folders(self) -> tuple[str, ...]:
        """The maps to learn from."""
        return tuple(part.strip() for part in self.maps.split(",") if part.strip())

    @property
    def retrieves(self) -> bool:
        """Whether retrieval has features of its own; else they are those of coarse poses (Br)."""
        return bool(self.frustum or self.angle or self.triplet)

    @property
    def network(self) -> CamNetNetworkConfig:
        """Sizes of the network."""
        named = VARIANTS[self.variant]
        places, fine_places = (channels(count, self.width) for count in (named.places, named.fine_places))
        width = self.width * named.width
        return replace(named, side=self.side, width=width, places=places, fine_places=fine_places)

    @property
    def camera(self) -> Camera:
        """What the network's images are pictures of: its pixels need not be square."""
        return square_camera(self.side, self.view_deg, self.aspect)
