"""``pnlp``: learn depth, and features to match, from synthetic worlds and maps (Piasco et al., BMVC 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor, nn

from reloc.maps.progress import Progress, track
from reloc.networks.pnlp import PnLPNet
from reloc.training import schedule
from reloc.training.imagenet import RESNET_FILES, load_imagenet
from reloc.training.pnlp import batches
from reloc.training.pnlp.config import BY_DEPTH, PnLPTaskConfig
from reloc.training.pnlp.errors import NetErrors, net_errors
from reloc.training.pnlp.learner import PnLPLearner, losses
from reloc.training.pnlp.map_views import views_of
from reloc.training.rooms.rooms import HELD_OUT, ROOMS, Rooms, RoomViews
from reloc.training.run import TrainingRun
from reloc.training.same_task import SameParameters

if TYPE_CHECKING:
    from reloc.models.model import Model

_DRAW = 2  # place of the generator that draws groups; 0 and 1 are the trainer's
HALVINGS = 10  # number of halvings of the rate during the run; the paper halves it "every 50 epochs"


class PnLPTask(SameParameters):
    """The network, and places of worlds and maps whose depth it learns."""

    name: ClassVar[str] = "pnlp"
    Config: ClassVar[type[PnLPTaskConfig]] = PnLPTaskConfig
    needs_map: ClassVar[bool] = False

    def __init__(self, config: PnLPTaskConfig, rooms: Rooms[PnLPTaskConfig], mapped: Sequence[RoomViews]) -> None:
        """Use :meth:`from_nothing`."""
        self.config, self.seed, self.steps, self.rooms, self.mapped = config, config.seed, config.steps, rooms, mapped

    @classmethod
    def from_nothing(cls, config: PnLPTaskConfig, workspace: Path, progress: Progress) -> Self:
        """Create the task. Held-out worlds are rendered now; training worlds are rendered when needed.

        Raises:
            MapError: a folder of ``--maps`` contains no map.
            TrainingDataError: a map has no depth, but depth supervises the training.
            DependencyError: Embree is not installed.
            TextureError: the configured folder contains no photographs.
            PairError, CrowdedWorldError: no world has views that form a pair.
        """
        needs_depth = config.supervision == BY_DEPTH
        mapped = [views_of(folder, config.camera, needs_depth, progress) for folder in config.map_folders]
        rooms = Rooms(config, workspace / ROOMS)
        for number in track(progress, "worlds", range(config.held_out)):
            rooms.room(HELD_OUT, number)
        return cls(config, rooms, mapped)

    def network(self) -> nn.Module:
        """Create the network, with random weights or with ImageNet weights in its encoder."""
        net = PnLPNet(self.config.network)
        if self.config.weights:
            load_imagenet(net.encoder.backbone, Path(self.config.weights), RESNET_FILES[self.config.network.backbone])
        return PnLPLearner(net)

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return the paper's Adam, or AdamW. Weight decay excludes normalization and biases."""
        if self.config.optimizer == "adam":
            return torch.optim.Adam(network.parameters(), self.config.rate)
        matrices = [p for p in network.parameters() if p.ndim > 1]
        rest = [p for p in network.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, self.config.rate)

    def rate(self, step: int) -> float:
        """Return the rate's factor: the paper's halvings for adam; a warm-up and a cosine for adamw."""
        if self.config.optimizer == "adam":
            return float(0.5 ** (step * HALVINGS // self.steps))
        return schedule.warm_cosine(step, self.steps)

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return a batch, see :func:`reloc.training.pnlp.batches.batch`.

        All processes share one numbering of groups.
        """
        numbers = range(rank, self.config.groups, world_size)
        return batches.batch(self.rooms, self.mapped, (self.seed, _DRAW, step), numbers)

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return the losses of a batch, see :mod:`reloc.training.pnlp.learner`."""
        return losses(self.config, network, batch)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return figures on held-out worlds. The score adds the relative depth error and the share of wrong matches."""
        errors = self.errors(network)
        off, right = errors.medians()
        wrong = 1.0 - right if self.config.matching else 0.0
        return {"score": off + wrong, "depth_off": off, "match_right": right}

    def errors(self, network: nn.Module) -> NetErrors:
        """Return the errors on held-out worlds."""
        return net_errors(network, self.rooms)

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Write the pictures for the report, see :mod:`reloc.training.pnlp.pictures`."""
        from reloc.training.pnlp.pictures import draw_all

        return draw_all(self, network, folder)

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model, see :mod:`reloc.training.pnlp.exporting`."""
        from reloc.training.pnlp.exporting import export

        return export(self, network, run, out, int8)


PLUGIN = PnLPTask
