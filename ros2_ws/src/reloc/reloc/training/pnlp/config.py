"""Parameters of the task ``pnlp``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.pnlp_config import PNLP_VARIANTS, PnLPNetConfig
from reloc.training.rooms.config import square_camera
from reloc.training.rooms.parameters import RoomsParameters
from reloc.training.task_parameters import TaskParameters

BY_DEPTH, VIEWS = "depth", "views"


@dataclass(frozen=True, slots=True)
class PnLPTaskConfig:
    """Parameters of the task. The defaults suit training from nothing on a few cores.

    The paper uses the variant paper, side 224, matching 0, and adam at 1e-4, halved ten times during the run. Worlds
    are the same as those of the task ``exrenet``. A link ``rooms`` in the run's workspace to the rooms of another run
    saves rendering them.
    """

    variant: str = param(
        "light",
        "This network is trained: the paper's FC (paper) or C+LSTM (recurrent), or a light one.",
        choices=tuple(PNLP_VARIANTS),
    )
    width: float = same(TaskParameters, "width")
    side: int = same(TaskParameters, "side")
    supervision: str = param(
        BY_DEPTH,
        "Depth is learned from depth images, or from views of the same scene from other poses.",
        choices=(BY_DEPTH, VIEWS),
        expert=True,
    )
    steps: int = same(TaskParameters, "steps")
    seed: int = same(TaskParameters, "seed")
    maps: str = same(TaskParameters, "maps")
    map_share: float = same(TaskParameters, "map_share")
    worlds: int = same(RoomsParameters, "worlds")
    held_out: int = same(RoomsParameters, "held_out")
    places: int = same(RoomsParameters, "places")
    views: int = same(RoomsParameters, "views")
    sparse: float = same(RoomsParameters, "sparse")
    groups: int = same(TaskParameters, "groups")
    pairs: int = same(TaskParameters, "pairs")
    view_deg: float = same(RoomsParameters, "view_deg")
    aspect: float = same(RoomsParameters, "aspect")
    response: float = same(RoomsParameters, "response")
    textures: str = same(RoomsParameters, "textures")
    optimizer: str = same(TaskParameters, "optimizer")
    rate: float = param(
        1e-3,
        "The optimizer starts from this learning rate; 1e-4 is the paper's for adam. Raising it learns "
        "faster and may diverge.",
        ge=0.0,
    )
    matching: float = param(
        1.0,
        "The matching loss, which the paper lacks, has this weight. Raising it weighs that loss more; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    smoothness: float = param(
        0.01,
        "With supervision by views, the loss of rough depth in smooth image areas has this weight. "
        "Raising it smooths depth; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    clusters: int = param(
        64,
        "NetVLAD has this many clusters. Raising it distinguishes more places and costs memory.",
        ge=1,
        le=256,
        expert=True,
    )
    pca: int = param(
        256,
        "A PCA shortens the descriptor to this length. Raising it distinguishes more and costs memory; 0 "
        "keeps all 64 x 256 numbers.",
        ge=0,
        le=8192,
        expert=True,
    )
    weights: str = same(TaskParameters, "weights")

    def __post_init__(self) -> None:
        validate(self)
        if self.weights and PNLP_VARIANTS[self.variant].backbone == "plain":
            problem = f"weights={self.weights} for the variant {self.variant}, whose encoder is not a ResNet"
            raise ConfigError(problem, "Leave --weights out, or train another variant")

    @property
    def network(self) -> PnLPNetConfig:
        """Sizes of the network."""
        named = PNLP_VARIANTS[self.variant]
        width, decoder = self.width * named.width, self.width * named.decoder_width
        return replace(named, side=self.side, width=width, decoder_width=decoder)

    @property
    def camera(self) -> Camera:
        """The camera of the network's images; its pixels need not be square."""
        return square_camera(self.network.side, self.view_deg, self.aspect)

    @property
    def map_folders(self) -> tuple[Path, ...]:
        """The folders of ``maps``."""
        return tuple(Path(name.strip()) for name in self.maps.split(",") if name.strip())
