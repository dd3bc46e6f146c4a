"""What is learned by the task ``exrenet``, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.exrenet_config import VARIANTS, ExReNetNetworkConfig
from reloc.networks.widths import channels
from reloc.training.exrenet.rooms_config import square_camera


@dataclass(frozen=True, slots=True)
class ExReNetTaskConfig:
    """Parameters of the task. The defaults suit training from nothing on a few cores.

    The paper's: variant full, ImageNet weights, adam at 5e-5 for 500,000 steps.
    """

    variant: str = param("light", "network: the paper's full or classic one, or light", choices=tuple(VARIANTS))
    width: float = param(1.0, "channels of encoder and regressor, as a share of the variant's", ge=0.05, le=2.0)
    side: int = param(128, "width and height of the network's images; a multiple of 16", unit="px", ge=32, le=512)
    steps: int = param(20000, "steps of the optimizer", ge=1)
    seed: int = param(1, "seed of everything random", ge=0)
    worlds: int = param(2000, "synthetic worlds to learn from; each is rendered once and kept", ge=1)
    held_out: int = param(48, "further worlds, to judge the network by", ge=4)
    places: int = param(3, "places looked at in a world", ge=1, le=100)
    views: int = param(8, "views of a place", ge=2, le=64)
    sparse: float = param(0.25, "share of worlds seen in the paper's sparse manner, as by a robot", ge=0.0, le=1.0)
    drawn_sparse: float = param(
        0.0, "share of a step's places that are of worlds seen in the sparse manner; 0: as many as there are",
        ge=0.0, le=1.0,
    )  # fmt: skip
    groups: int = param(6, "places a step, over all processes", ge=1)
    pairs: int = param(8, "pairs of each of them", ge=1)
    view_deg: float = param(62.7, "angle of view across the width", unit="deg", ge=20.0, le=140.0)
    aspect: float = param(4.0 / 3.0, "width by height of a view, which is squeezed into a square", ge=0.5, le=3)
    response: float = param(0.3, "how different exposure, colour and noise of the cameras are", ge=0.0, le=1.0)
    textures: str = param("", "folder of photographs to use as textures, too")
    optimizer: str = param("adamw", "adamw with a warm-up and a cosine, or the paper's adam", choices=("adamw", "adam"))
    rate: float = param(1e-3, "base learning rate; the paper's, for adam, is 5e-5", ge=0.0)
    matching: float = param(1.0, "weight of the auxiliary matching loss", ge=0.0)
    margin: bool = param(False, "matching loss of the paper, by a margin; else cross-entropy, which learns faster")
    mu: float = param(1.0, "weight of the rotation", ge=0.0)
    beta: float = param(1.0, "weight of the scale", ge=0.0)
    samples: int = param(100, "samples of dropout that the exported network gives", ge=2, le=1000)
    begin: str = param("", "run of this task whose weights to begin with; of its pair head what fits")
    weights: str = param("", "file of torchvision's ResNet weights (ImageNet) for the encoder to begin with")

    def __post_init__(self) -> None:
        validate(self)
        if self.drawn_sparse and not self.sparse:
            raise ConfigError(f"drawn_sparse={self.drawn_sparse} with sparse=0", "Take worlds of that manner, too")

    @property
    def network(self) -> ExReNetNetworkConfig:
        """Sizes of the network."""
        named = VARIANTS[self.variant]
        coarse, fine = (channels(count, self.width) for count in (named.coarse, named.fine))
        width, regressor = self.width * named.width, self.width * named.regressor_width
        return replace(named, side=self.side, width=width, coarse=coarse, fine=fine, regressor_width=regressor)

    @property
    def camera(self) -> Camera:
        """What the network's images are pictures of: its pixels need not be square."""
        return square_camera(self.network.side, self.view_deg, self.aspect)
