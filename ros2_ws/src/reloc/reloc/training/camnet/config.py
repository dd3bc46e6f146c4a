"""What is learned by the task ``camnet``, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.config import param, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.camnet_config import CAMNET_VARIANTS, CamNetNetworkConfig
from reloc.networks.widths import channels
from reloc.training.rooms.config import square_camera


@dataclass(frozen=True, slots=True)
class CamNetTaskConfig:
    """Parameters of the task. The paper's: variant full, side 224, groups 16, ImageNet weights.

    Ablation (table 2): Br is ``--frustum 0 --angle 0 --triplet 0``, where retrieval shares the coarse poses' features
    as in its [18]; Br + Fl, Br + Al, Br + Bl leave one of the three at 1. Nr, Nr + Pr, + Rp and full are the stages of
    one network with all of them: benchmarks/camnet_ablation.py.
    """

    variant: str = param(
        "light", "This network is trained: the paper's full one, or a light one.", choices=tuple(CAMNET_VARIANTS)
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
        ge=64,
        le=512,
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
        "This share of a step's places comes from maps, if there are maps and worlds. Raising it uses "
        "fewer synthetic places; 0 uses none of the maps.",
        ge=0,
        le=1,
        expert=True,
    )
    worlds: int = param(
        2000,
        "This many synthetic worlds are made for training. Raising it costs time and disk; 0 trains on maps only.",
        ge=0,
    )
    held_out: int = param(
        48,
        "This many further worlds are kept to validate the network. Raising it validates more exactly; 0 "
        "uses maps only.",
        ge=0,
        expert=True,
    )
    held_out_share: float = param(
        0.1,
        "This share of each map's references is kept to validate the network. Raising it leaves fewer to learn from.",
        ge=0.01,
        le=0.5,
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
    groups: int = param(
        8,
        "Each step uses this many places over all processes. Raising it steadies learning and costs memory.",
        ge=1,
        expert=True,
    )
    pool: int = param(
        8,
        "Each place of a step uses this many images, as anchors and as references. Raising it costs memory.",
        ge=4,
        le=64,
        expert=True,
    )
    optimizer: str = param(
        "sgd",
        "This optimizer trains the network: adamw, with a warm-up and a cosine schedule, or the paper's.",
        choices=("sgd", "adamw"),
        expert=True,
    )
    rate: float = param(
        0.01,
        "The optimizer starts from this learning rate; 0.001 suits adamw. Raising it learns faster and may diverge.",
        ge=0.0,
    )
    frustum: float = param(
        1.0,
        "The bilateral frustum loss has this weight. Raising it weighs that loss more; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    angle: float = param(
        1.0, "The angle loss has this weight. Raising it weighs that loss more; 0 leaves it out.", ge=0.0, expert=True
    )
    triplet: float = param(
        1.0,
        "The batch-hard triplet loss has this weight. Raising it weighs that loss more; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    coarse: float = param(
        1.0,
        "The loss of coarse poses has this weight. Raising it weighs that loss more; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    fine: float = param(
        1.0,
        "The loss of fine poses has this weight. Raising it weighs that loss more; 0 leaves it out.",
        ge=0.0,
        expert=True,
    )
    margin: float = param(
        0.1,
        "The triplet loss demands this margin between descriptor distances. Raising it pushes unlike "
        "images farther apart.",
        ge=0.0,
        le=2.0,
        expert=True,
    )
    estimated: float = param(
        0.5,
        "This share of fine pairs is chosen around the coarse pose, the rest around the true pose (the "
        "paper's lambda). Raising it trains for real coarse poses.",
        ge=0,
        le=1,
        expert=True,
    )
    jitter_m: float = param(
        0.04,
        "The true pose is moved by about this much (rms) before fine pairs are chosen (the paper's "
        "alpha). Raising it trains for worse coarse poses.",
        unit="m",
        ge=0.0,
        le=10.0,
        expert=True,
    )
    jitter_turn: float = param(
        0.02,
        "The true pose is turned by about this share of 180 deg (rms) before fine pairs are chosen (the "
        "paper's epsilon). Raising it trains for worse coarse poses.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    min_overlap: float = param(
        0.1,
        "A relative pose is learned if two views overlap, or resemble each other, at least this much. "
        "Raising it learns from fewer pairs.",
        ge=0,
        expert=True,
    )
    flip: bool = param(True, "If true, half of the places are mirrored, images and poses together.", expert=True)
    jitter: float = param(
        0.4,
        "Brightness, contrast and saturation vary by up to this share. Raising it trains for more varied "
        "light; 0 keeps them.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    blur: float = param(
        0.3,
        "This share of the images is blurred. Raising it trains for more motion blur; 0 blurs none.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    begin: str = param(
        "",
        "Training begins with the weights of this run of camnet or exrenet, as far as they fit. Empty begins anew.",
        expert=True,
    )
    keep: bool = param(
        False,
        "If true, the trunk, the fine branch and its regressor stay as --begin gave them. The rest "
        "learns in a third of the time.",
        expert=True,
    )
    weights: str = param(
        "",
        "Training begins with the ImageNet weights in this torchvision ResNet file. Empty begins with random weights.",
        expert=True,
    )

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
        named = CAMNET_VARIANTS[self.variant]
        places, fine_places = (channels(count, self.width) for count in (named.places, named.fine_places))
        width = self.width * named.width
        return replace(named, side=self.side, width=width, places=places, fine_places=fine_places)

    @property
    def camera(self) -> Camera:
        """What the network's images are pictures of: its pixels need not be square."""
        return square_camera(self.side, self.view_deg, self.aspect)
