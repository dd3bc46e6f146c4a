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
        "light",
        "This network is trained: the paper's FC (paper) or C+LSTM (recurrent), or a light one.",
        choices=tuple(PNLP_VARIANTS),
    )
    width: float = param(
        1.0,
        "The network has this multiple of the variant's channels. Raising it costs time and may be more accurate.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    side: int = param(
        128,
        "The network's images have this width and height, 224 in the paper. Raising it shows more detail "
        "and costs time.",
        unit="px",
        ge=32,
        le=512,
    )
    supervision: str = param(
        BY_DEPTH,
        "Depth is learned from depth images, or from views of the same scene from other poses.",
        choices=(BY_DEPTH, VIEWS),
        expert=True,
    )
    steps: int = param(
        20000, "The optimizer takes this many steps. Raising it trains for longer and usually better.", ge=1
    )
    seed: int = param(1, "This seeds everything random in the training.", ge=0)
    maps: str = param(
        "", "Training also uses these map folders, separated by commas. Empty uses synthetic worlds only."
    )
    map_share: float = param(
        0.5,
        "This share of a step's places comes from the maps. Raising it uses fewer synthetic worlds; 0 "
        "uses none of the maps, 1 no worlds.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    worlds: int = param(
        2000,
        "This many synthetic worlds are rendered once and kept for training. Raising it costs time and disk.",
        ge=1,
    )
    held_out: int = param(
        48,
        "This many further worlds are kept to validate the network. Raising it validates more exactly "
        "and takes longer.",
        ge=4,
        expert=True,
    )
    places: int = param(
        3,
        "Each world is viewed from this many places. Raising it adds training views and costs time and disk.",
        ge=1,
        le=100,
        expert=True,
    )
    views: int = param(
        8,
        "Each place is rendered from this many views. Raising it adds training pairs and costs time and disk.",
        ge=2,
        le=64,
        expert=True,
    )
    sparse: float = param(
        0.25,
        "This share of the worlds is viewed as by a driving robot, the rest in all directions. Raising "
        "it trains more for robots; 0 uses none.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    groups: int = param(
        6,
        "Each step uses this many places over all processes. Raising it steadies learning and costs memory.",
        ge=1,
        expert=True,
    )
    pairs: int = param(
        8,
        "Each place of a step contributes this many pairs. Raising it steadies learning and costs memory.",
        ge=1,
        expert=True,
    )
    view_deg: float = param(
        62.7,
        "Each rendered view has this horizontal angle of view. Set it near your cameras' angle.",
        unit="deg",
        ge=20.0,
        le=140.0,
        expert=True,
    )
    aspect: float = param(
        4.0 / 3.0,
        "Each rendered view has this ratio of width to height, and is squeezed into a square.",
        ge=0.5,
        le=3,
        expert=True,
    )
    response: float = param(
        0.3,
        "This scales the variation of exposure, color and noise between cameras. Raising it trains for "
        "more varied cameras; 0 makes them equal.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    textures: str = param(
        "", "This folder of photographs supplies further textures. Empty uses generated textures only.", expert=True
    )
    optimizer: str = param(
        "adamw",
        "This optimizer trains the network: adamw, with a warm-up and a cosine schedule, or the paper's.",
        choices=("adamw", "adam"),
        expert=True,
    )
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
        1024,
        "A PCA shortens the descriptor to this length. Raising it distinguishes more and costs memory; 0 "
        "keeps all 64 x 256 numbers.",
        ge=0,
        le=8192,
        expert=True,
    )
    weights: str = param(
        "",
        "Training begins with the ImageNet weights in this torchvision ResNet file. Empty begins with random weights.",
        expert=True,
    )

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
