"""Parameters of the task ``exrenet``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc.geometry.cameras import Camera
from reloc.networks.exrenet_config import EXRENET_VARIANTS, ExReNetNetworkConfig
from reloc.networks.widths import channels
from reloc.training.rooms.config import square_camera
from reloc.training.rooms.parameters import RoomsParameters
from reloc.training.task_parameters import TaskParameters


@dataclass(frozen=True, slots=True)
class ExReNetTaskConfig:
    """Parameters of the task. The defaults suit training from nothing on a few cores.

    The paper uses the variant full, ImageNet weights, and adam at 5e-5 for 500,000 steps.
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
    side: int = same(ExReNetNetworkConfig, "side", expert=False)
    steps: int = same(TaskParameters, "steps")
    seed: int = same(TaskParameters, "seed")
    worlds: int = same(RoomsParameters, "worlds")
    held_out: int = same(RoomsParameters, "held_out")
    places: int = same(RoomsParameters, "places")
    views: int = same(RoomsParameters, "views")
    sparse: float = same(RoomsParameters, "sparse")
    drawn_sparse: float = param(
        0.0,
        "This share of a step's places comes from worlds viewed in the sparse manner. Raising it draws "
        "them more often; 0 draws them as often as they exist.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    groups: int = same(TaskParameters, "groups")
    pairs: int = same(TaskParameters, "pairs")
    view_deg: float = same(RoomsParameters, "view_deg")
    aspect: float = same(RoomsParameters, "aspect")
    response: float = same(RoomsParameters, "response")
    textures: str = same(RoomsParameters, "textures")
    optimizer: str = same(TaskParameters, "optimizer")
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
    samples: int = same(TaskParameters, "samples")
    begin: str = param(
        "",
        "Training begins with the weights of this run, as far as its pair head fits. Empty begins with random weights.",
        expert=True,
    )
    weights: str = same(TaskParameters, "weights")

    def __post_init__(self) -> None:
        validate(self)
        if self.drawn_sparse and not self.sparse:
            raise ConfigError(
                f"drawn_sparse={self.drawn_sparse} with sparse=0", "Set sparse above 0, to render worlds of that kind"
            )

    @property
    def network(self) -> ExReNetNetworkConfig:
        """Sizes of the network."""
        named = EXRENET_VARIANTS[self.variant]
        coarse, fine = (channels(count, self.width) for count in (named.coarse, named.fine))
        width, regressor = self.width * named.width, self.width * named.regressor_width
        return replace(named, side=self.side, width=width, coarse=coarse, fine=fine, regressor_width=regressor)

    @property
    def camera(self) -> Camera:
        """The camera of the network's images; its pixels need not be square."""
        return square_camera(self.network.side, self.view_deg, self.aspect)
