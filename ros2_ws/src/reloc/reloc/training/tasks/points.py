"""``points``: learn to find, describe and match points, from photographs, synthetic worlds and a teacher."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor, nn

from reloc.maps.progress import Progress, track
from reloc.networks.points import PointsNet
from reloc.training.points.batches import TrainingPairs
from reloc.training.points.beginning import begin_with
from reloc.training.points.config import PointsTaskConfig
from reloc.training.points.judging import MatchJudgment, extractor, judge
from reloc.training.points.learner import PointsLearner, losses
from reloc.training.points.photos import TaughtPhotos
from reloc.training.points.teacher import Teacher
from reloc.training.points.worlds import TaughtWorlds
from reloc.training.rooms.rooms import HELD_OUT, ROOMS, Rooms
from reloc.training.run import TrainingRun
from reloc.training.same_task import SameParameters

if TYPE_CHECKING:
    from reloc.models.model import Model

_DRAW = 2  # place of the generator that draws pairs; 0 and 1 are the trainer's
TAUGHT, PHOTOS = "taught", "photos"  # folders in a run's workspace
WARM_UP = 0.03  # share of the steps


class PointsTask(SameParameters):
    """The network, and pairs of views of worlds and photographs that it learns to match. It needs no map."""

    name: ClassVar[str] = "points"
    Config: ClassVar[type[PointsTaskConfig]] = PointsTaskConfig
    needs_map: ClassVar[bool] = False

    def __init__(self, config: PointsTaskConfig, pairs: TrainingPairs) -> None:
        """Use :meth:`from_nothing`."""
        self.config, self.seed, self.steps, self.pairs = config, config.seed, config.steps, pairs

    @classmethod
    def from_nothing(cls, config: PointsTaskConfig, workspace: Path, progress: Progress) -> Self:
        """Create the task. Held-out worlds are rendered now; training worlds are rendered when needed.

        Raises:
            DependencyError: Embree or the teacher's weights are not installed.
            TextureError, TrainingDataError: a configured folder contains no photographs.
            PairError, CrowdedWorldError: no world has views that form a pair.
        """
        teacher = Teacher(config.weights)
        worlds = photos = None
        if config.photo_share > 0.0:
            photos = TaughtPhotos(
                Path(config.photos), config.side, teacher, workspace / PHOTOS, 2 * config.held_out, config.turn_deg
            )
        if config.photo_share < 1.0:
            worlds = TaughtWorlds(Rooms(config, workspace / ROOMS), teacher, workspace / TAUGHT)
            for number in track(progress, "worlds", range(config.held_out)):
                worlds.world(HELD_OUT, number)
        return cls(config, TrainingPairs(config, worlds, photos))

    def network(self) -> nn.Module:
        """Create the network, with random weights or the weights of an earlier run."""
        learner = PointsLearner(PointsNet(self.config.network))
        if self.config.begin:
            begin_with(learner, Path(self.config.begin))
        return learner

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return AdamW. Weight decay excludes normalization and biases."""
        matrices = [p for p in network.parameters() if p.ndim > 1]
        rest = [p for p in network.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": 0.01}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, self.config.rate)

    def rate(self, step: int) -> float:
        """Return the rate's factor: a warm-up, then 1, then a line down to 0.

        Until the line begins, the number of steps may still be changed.
        """
        warm = max(1.0, WARM_UP * self.steps)
        left = (self.steps - step) / max(1.0, self.config.decay * self.steps)
        return float(min(1.0, (step + 1) / warm, left))

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return a batch, see :class:`reloc.training.points.batches.TrainingPairs`.

        All processes share one numbering of pairs.
        """
        return self.pairs.batch((self.seed, _DRAW, step), range(rank, self.config.pairs, world_size))

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return the losses of a batch, see :mod:`reloc.training.points.learner`."""
        return losses(self.config, network, batch)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return figures on held-out pairs. The score is 1 minus the right matches as a share of the points."""
        judged = self.judgment(network)
        missing = 1.0 - judged.right / self.config.points
        return {"score": missing, "right": judged.right, "precision": judged.precision, "repeated": judged.repeated}

    def judgment(self, network: nn.Module) -> MatchJudgment:
        """Return the judgment on held-out worlds and photographs."""
        return judge(extractor(network), self.pairs.judged())

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Write the pictures for the report, see :mod:`reloc.training.points.pictures`."""
        from reloc.training.points.pictures import draw_all

        return draw_all(self, network, folder)

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model, see :mod:`reloc.training.points.exporting`."""
        from reloc.training.points.exporting import export

        return export(self, network, run, out, int8)


PLUGIN = PointsTask
