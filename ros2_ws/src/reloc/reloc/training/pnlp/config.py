"""What is learned by the task ``pnlp``, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.pnlp_config import PNLP_VARIANTS, PnLPNetConfig
from reloc.training.rooms.config import square_camera

BY_DEPTH, VIEWS = "depth", "views"


@dataclass(frozen=True, slots=True)
class PnLPTaskConfig:
    """Parameters of the task. The defaults suit training from nothing on a few cores.

    The paper's: variant paper, side 224, matching 0, adam at 1e-4, halved ten times over the run.
    Worlds are looked at as the task ``exrenet`` does: a link ``rooms`` in the run's workspace to those of another run
    spares rendering them.
    """

    variant: str = param(
        "light", "network: the paper's FC or C+LSTM (recurrent), or light", choices=tuple(PNLP_VARIANTS)
    )
    width: float = param(1.0, "channels of the network, as a share of the variant's", ge=0.05, le=2.0)
    side: int = param(128, "width and height of the network's images; the paper's 224", unit="px", ge=32, le=512)
    supervision: str = param(
        BY_DEPTH, "what teaches depth: depth itself, or views of the same from other poses", choices=(BY_DEPTH, VIEWS)
    )
    steps: int = param(20000, "steps of the optimizer", ge=1)
    seed: int = param(1, "seed of everything random", ge=0)
    maps: str = param("", "folders of maps to learn from, too, separated by commas")
    map_share: float = param(0.5, "share of places that are of those maps; 1: no synthetic ones", ge=0.0, le=1.0)
    worlds: int = param(2000, "synthetic worlds to learn from; each is rendered once and kept", ge=1)
    held_out: int = param(48, "further worlds, to judge the network by", ge=4)
    places: int = param(3, "places looked at in a world", ge=1, le=100)
    views: int = param(8, "views of a place", ge=2, le=64)
    sparse: float = param(0.25, "share of worlds seen in a sparse manner, as by a robot", ge=0.0, le=1.0)
    groups: int = param(6, "places a step, over all processes", ge=1)
    pairs: int = param(8, "pairs of each of them", ge=1)
    view_deg: float = param(62.7, "angle of view across the width", unit="deg", ge=20.0, le=140.0)
    aspect: float = param(4.0 / 3.0, "width by height of a view, which is squeezed into a square", ge=0.5, le=3)
    response: float = param(0.3, "how different exposure, colour and noise of the cameras are", ge=0.0, le=1.0)
    textures: str = param("", "folder of photographs to use as textures, too")
    optimizer: str = param("adamw", "adamw with a warm-up and a cosine, or the paper's adam", choices=("adamw", "adam"))
    rate: float = param(1e-3, "base learning rate; the paper's, for adam, is 1e-4", ge=0.0)
    matching: float = param(1.0, "weight of the loss of matches, which the paper lacks; 0: without", ge=0.0)
    smoothness: float = param(0.01, "weight of smooth depth where the image is smooth, of supervision by views", ge=0.0)
    clusters: int = param(64, "clusters of NetVLAD", ge=1, le=256)
    pca: int = param(1024, "length of the descriptor behind a PCA; 0: none, 64 x 256 numbers", ge=0, le=8192)
    weights: str = param("", "file of torchvision's ResNet weights (ImageNet) for the encoder to begin with")

    def __post_init__(self) -> None:
        validate(self)
        if self.weights and PNLP_VARIANTS[self.variant].backbone == "plain":
            raise ConfigError(f"weights={self.weights} for the variant {self.variant}", "Its encoder is no ResNet")

    @property
    def network(self) -> PnLPNetConfig:
        """Sizes of the network."""
        named = PNLP_VARIANTS[self.variant]
        width, decoder = self.width * named.width, self.width * named.decoder_width
        return replace(named, side=self.side, width=width, decoder_width=decoder)

    @property
    def camera(self) -> Camera:
        """What the network's images are pictures of: its pixels need not be square."""
        return square_camera(self.network.side, self.view_deg, self.aspect)

    @property
    def map_folders(self) -> tuple[Path, ...]:
        """Those of ``maps``."""
        return tuple(Path(name.strip()) for name in self.maps.split(",") if name.strip())
