"""What is learned by the task ``exrenet``, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.exrenet_config import EXRENET_VARIANTS, ExReNetNetworkConfig
from reloc.networks.widths import channels
from reloc.training.rooms.config import square_camera


@dataclass(frozen=True, slots=True)
class ExReNetTaskConfig:
    """Parameters of the task. The defaults suit training from nothing on a few cores.

    The paper's: variant full, ImageNet weights, adam at 5e-5 for 500,000 steps.
    """

    variant: str = param(
        "light",
        "This network is trained: the paper's full or classic one, or a light one.",
        choices=tuple(EXRENET_VARIANTS),
    )
    width: float = param(
        1.0,
        "Encoder and regressor have this multiple of the variant's channels. Raising it costs time and "
        "may be more accurate.",
        ge=0.05,
        le=2.0,
        expert=True,
    )
    side: int = param(
        128,
        "The network's images have this width and height, a multiple of 16. Raising it shows more detail "
        "and costs time.",
        unit="px",
        ge=32,
        le=512,
    )
    steps: int = param(
        20000, "The optimizer takes this many steps. Raising it trains for longer and usually better.", ge=1
    )
    seed: int = param(1, "This seeds everything random in the training.", ge=0)
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
    drawn_sparse: float = param(
        0.0,
        "This share of a step's places comes from worlds viewed in the sparse manner. Raising it draws "
        "them more often; 0 draws them as often as they exist.",
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
        "The optimizer starts from this learning rate; 5e-5 is the paper's for adam. Raising it learns "
        "faster and may diverge.",
        ge=0.0,
    )
    matching: float = param(
        1.0,
        "The auxiliary matching loss has this weight. Raising it weighs that loss more; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    margin: bool = param(
        False,
        "If true, the matching loss is the paper's margin loss. If false, it is a cross-entropy, which learns faster.",
        expert=True,
    )
    mu: float = param(
        1.0, "The rotation loss has this weight. Raising it weighs rotation more; 0 leaves it out.", ge=0.0, expert=True
    )
    beta: float = param(
        1.0, "The scale loss has this weight. Raising it weighs scale more; 0 leaves it out.", ge=0.0, expert=True
    )
    samples: int = param(
        100,
        "The exported network computes this many dropout samples. Raising it steadies the covariance and costs time.",
        ge=2,
        le=1000,
        expert=True,
    )
    begin: str = param(
        "",
        "Training begins with the weights of this run, and with what fits of its pair head. Empty begins anew.",
        expert=True,
    )
    weights: str = param(
        "",
        "Training begins with the ImageNet weights in this torchvision ResNet file. Empty begins with random weights.",
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.drawn_sparse and not self.sparse:
            raise ConfigError(f"drawn_sparse={self.drawn_sparse} with sparse=0", "Take worlds of that manner, too")

    @property
    def network(self) -> ExReNetNetworkConfig:
        """Sizes of the network."""
        named = EXRENET_VARIANTS[self.variant]
        coarse, fine = (channels(count, self.width) for count in (named.coarse, named.fine))
        width, regressor = self.width * named.width, self.width * named.regressor_width
        return replace(named, side=self.side, width=width, coarse=coarse, fine=fine, regressor_width=regressor)

    @property
    def camera(self) -> Camera:
        """What the network's images are pictures of: its pixels need not be square."""
        return square_camera(self.network.side, self.view_deg, self.aspect)
