"""``exrenet``: learn relative poses of two images from synthetic worlds (Winkelbauer, Denninger, Triebel 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor, nn

from reloc.maps.progress import Progress, track
from reloc.networks.exrenet import ExReNetNetwork
from reloc.training import schedule
from reloc.training.exrenet import batches
from reloc.training.exrenet.beginning import begin_with
from reloc.training.exrenet.config import ExReNetTaskConfig
from reloc.training.exrenet.errors import PairErrors, pair_errors
from reloc.training.exrenet.learner import ExReNetLearner, losses
from reloc.training.imagenet import RESNET_FILES, load_imagenet
from reloc.training.rooms.rooms import HELD_OUT, ROOMS, Rooms
from reloc.training.run import TrainingRun
from reloc.training.same_task import SameParameters

if TYPE_CHECKING:
    from reloc.models.model import Model

_DRAW = 2  # place of the generator that draws groups; 0 and 1 are the trainer's


class ExReNetTask(SameParameters):
    """The network, and pairs of views of synthetic worlds that it learns from. It needs no map."""

    name: ClassVar[str] = "exrenet"
    Config: ClassVar[type[ExReNetTaskConfig]] = ExReNetTaskConfig
    needs_map: ClassVar[bool] = False

    def __init__(self, config: ExReNetTaskConfig, rooms: Rooms[ExReNetTaskConfig]) -> None:
        """Use :meth:`from_nothing`."""
        self.config, self.seed, self.steps, self.rooms = config, config.seed, config.steps, rooms

    @classmethod
    def from_nothing(cls, config: ExReNetTaskConfig, workspace: Path, progress: Progress) -> Self:
        """Create the task. Held-out worlds are rendered now; training worlds are rendered when needed.

        Raises:
            DependencyError: Embree is not installed.
            TextureError: the configured folder contains no photographs.
            PairError, CrowdedWorldError: no world has views that form a pair.
        """
        rooms = Rooms(config, workspace / ROOMS)
        for number in track(progress, "worlds", range(config.held_out)):
            rooms.room(HELD_OUT, number)
        return cls(config, rooms)

    def network(self) -> nn.Module:
        """Create an ExReNet, with random weights, ImageNet weights in its encoder, or the weights of an earlier run."""
        network = ExReNetNetwork(self.config.network)
        if self.config.weights:
            load_imagenet(network.encoder.resnet, Path(self.config.weights), RESNET_FILES[self.config.network.backbone])
        learner = ExReNetLearner(network)
        if self.config.begin:
            begin_with(learner, Path(self.config.begin))
        return learner

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return the paper's Adam, or AdamW. Weight decay excludes normalization and biases."""
        if self.config.optimizer == "adam":
            return torch.optim.Adam(network.parameters(), self.config.rate)
        matrices = [p for p in network.parameters() if p.ndim > 1]
        rest = [p for p in network.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": 0.02}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, self.config.rate)

    def rate(self, step: int) -> float:
        """Return the rate's factor: constant for adam, as in the paper; a warm-up and a cosine for adamw."""
        return 1.0 if self.config.optimizer == "adam" else schedule.warm_cosine(step, self.steps)

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return a batch, see :func:`reloc.training.exrenet.batches.batch`.

        All processes share one numbering of groups.
        """
        numbers = range(rank, self.config.groups, world_size)
        return batches.batch(self.rooms, (self.seed, _DRAW, step), numbers)

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return the losses of a batch, see :mod:`reloc.training.exrenet.learner`."""
        return losses(self.config, network, batch)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return median errors on held-out worlds. The score is the sum of both angles."""
        errors = self.errors(network)
        direction, rotation, scale = errors.medians()
        dense, sparse = errors.medians(~errors.sparse), errors.medians(errors.sparse)
        figures = {"score": direction + rotation, "direction_deg": direction, "rotation_deg": rotation}
        figures |= {"scale_m": scale, "dense_direction_deg": dense[0], "dense_rotation_deg": dense[1]}
        if errors.sparse.any():
            figures |= {"sparse_direction_deg": sparse[0], "sparse_rotation_deg": sparse[1]}
        return figures

    def errors(self, network: nn.Module) -> PairErrors:
        """Return the errors on held-out worlds."""
        return pair_errors(network, self.rooms)

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Write the pictures for the report, see :mod:`reloc.training.exrenet.pictures`."""
        from reloc.training.exrenet.pictures import draw_all

        return draw_all(self, network, folder)

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model, see :mod:`reloc.training.exrenet.exporting`."""
        from reloc.training.exrenet.exporting import export

        return export(self, network, run, out, int8)


PLUGIN = ExReNetTask
