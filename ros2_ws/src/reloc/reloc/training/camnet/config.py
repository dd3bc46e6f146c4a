"""Parameters of the task ``camnet``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.camnet_config import CAMNET_VARIANTS, CamNetNetworkConfig
from reloc.networks.widths import channels
from reloc.training.rooms.config import square_camera
from reloc.training.rooms.parameters import RoomsParameters
from reloc.training.task_parameters import TaskParameters


@dataclass(frozen=True, slots=True)
class CamNetTaskConfig:
    """Parameters of the task. The paper uses the variant full, side 224, groups 16 and ImageNet weights.

    Ablation (table 2): Br is ``--frustum 0 --angle 0 --triplet 0``. Its retrieval shares the features of coarse poses,
    as in the paper's [18]. Br + Fl, Br + Al and Br + Bl leave one of the three losses at 1. Nr, Nr + Pr, + Rp and full
    are the stages of one network with all losses; benchmarks/camnet_ablation.py computes them.
    """

    variant: str = param(
        "light", "This network is trained: the paper's full one, or a light one.", choices=tuple(CAMNET_VARIANTS)
    )
    width: float = same(TaskParameters, "width")
    side: int = same(TaskParameters, "side", ge=64)
    steps: int = same(TaskParameters, "steps")
    seed: int = same(TaskParameters, "seed")
    maps: str = same(TaskParameters, "maps")
    map_share: float = same(TaskParameters, "map_share")
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
    places: int = same(RoomsParameters, "places")
    views: int = same(RoomsParameters, "views")
    sparse: float = same(RoomsParameters, "sparse")
    view_deg: float = same(RoomsParameters, "view_deg")
    aspect: float = same(RoomsParameters, "aspect")
    response: float = same(RoomsParameters, "response")
    textures: str = same(RoomsParameters, "textures")
    groups: int = same(TaskParameters, "groups", default=8)
    pool: int = param(
        8,
        "Each place of a step uses this many images, as anchors and as references. Raising it costs memory.",
        ge=4,
        le=64,
        expert=True,
    )
    optimizer: str = same(TaskParameters, "optimizer", default="sgd", choices=("sgd", "adamw"))
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
        "Training begins with the weights of this run of camnet or exrenet, as far as they fit. Empty begins with "
        "random weights.",
        expert=True,
    )
    keep: bool = param(
        False,
        "If true, the trunk, the fine branch and its regressor keep the weights of --begin. The rest "
        "learns in a third of the time.",
        expert=True,
    )
    weights: str = same(TaskParameters, "weights")

    def __post_init__(self) -> None:
        validate(self)
        _ = self.network  # report impossible sizes before a world is rendered
        if not self.worlds and not self.map_folders:
            raise ConfigError(
                "worlds=0 and no maps, so there is nothing to learn from", "Give --maps, or set --worlds above 0"
            )
        if self.worlds and not self.held_out:
            raise ConfigError("held_out=0, so there is no world to validate with", "Hold out some, for example 48")
        if self.keep and not self.begin:
            raise ConfigError("keep=True, but no run to begin with", "Give --begin, or leave --keep out")
        if not self.retrieves and not self.coarse:
            raise ConfigError("All losses of retrieval and of coarse poses are off", "Leave one of them on")

    @property
    def map_folders(self) -> tuple[str, ...]:
        """The maps to learn from."""
        return tuple(part.strip() for part in self.maps.split(",") if part.strip())

    @property
    def retrieves(self) -> bool:
        """Whether retrieval has features of its own; otherwise it uses those of coarse poses (Br)."""
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
        """The camera of the network's images; its pixels need not be square."""
        return square_camera(self.side, self.view_deg, self.aspect)
