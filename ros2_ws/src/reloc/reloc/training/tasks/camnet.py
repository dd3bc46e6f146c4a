"""``camnet``: learn to retrieve coarsely, then by pose, then to regress (Ding, Wang, Sun, Shi, Luo 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from reloc.errors import DivergedError
from reloc.maps.progress import Progress
from reloc.networks.camnet import CamNetNetwork
from reloc.training import schedule
from reloc.training.camnet import batches
from reloc.training.camnet.beginning import begin_with
from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.data import Data
from reloc.training.camnet.judging import Asked, ask, medians
from reloc.training.camnet.learner import CamNetLearner, losses
from reloc.training.imagenet import RESNET_FILES, load_imagenet
from reloc.training.run import TrainingRun
from reloc.training.same_task import SameParameters

if TYPE_CHECKING:
    from reloc.models.model import Model

_DRAW = 2  # place of the generator that draws pools; 0 and 1 are the trainer's
MOMENTUM, DECAY = 0.9, 1e-4  # the paper's


class CamNetTask(SameParameters):
    """The network, and pools of views of maps (``--maps``) and synthetic worlds that it learns from."""

    name: ClassVar[str] = "camnet"
    Config: ClassVar[type[CamNetTaskConfig]] = CamNetTaskConfig
    needs_map: ClassVar[bool] = False

    def __init__(self, config: CamNetTaskConfig, data: Data) -> None:
        """Use :meth:`from_nothing`."""
        self.config, self.seed, self.steps, self.data = config, config.seed, config.steps, data

    @classmethod
    def from_nothing(cls, config: CamNetTaskConfig, workspace: Path, progress: Progress) -> Self:
        """Create the task. Read the maps and render held-out worlds now; training worlds are rendered when needed.

        Raises:
            RelocError: as :meth:`reloc.training.camnet.data.Data.open`.
        """
        return cls(config, Data.open(config, workspace, progress))

    def network(self) -> nn.Module:
        """Create a CamNet. With ImageNet weights, all three branches begin with the same weights."""
        network = CamNetNetwork(self.config.network)
        if self.config.weights:
            for part in (network.trunk, network.icr, network.pfr, network.prp):
                backbone = part if part is network.trunk else nn.ModuleDict({"layer4": part.get_submodule("layer4")})
                load_imagenet(backbone, Path(self.config.weights), RESNET_FILES[network.config.backbone])
        learner = CamNetLearner(network, self.config.keep)
        if self.config.begin:
            begin_with(learner, Path(self.config.begin))
        return learner

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return the paper's SGD, or AdamW. Weight decay excludes normalization and biases."""
        matrices = [p for p in network.parameters() if p.ndim > 1]
        rest = [p for p in network.parameters() if p.ndim <= 1]
        decay = DECAY if self.config.optimizer == "sgd" else 0.02
        groups = [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
        if self.config.optimizer == "sgd":
            return torch.optim.SGD(groups, self.config.rate, momentum=MOMENTUM)
        return torch.optim.AdamW(groups, self.config.rate)

    def rate(self, step: int) -> float:
        """Return the rate's factor: for sgd the paper's 'poly' with a power of 0.9; for adamw a warm-up and a
        cosine.
        """
        if self.config.optimizer == "sgd":
            return schedule.poly(step, self.steps)
        return schedule.warm_cosine(step, self.steps)

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return a batch, see :func:`reloc.training.camnet.batches.batch`.

        All processes share one numbering of pools.
        """
        numbers = range(rank, self.config.groups, world_size)
        return batches.batch(self.data, self.config, (self.seed, _DRAW, step), numbers)

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return the losses of a batch, see :mod:`reloc.training.camnet.learner`."""
        return losses(self.config, network, batch)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return median errors of each stage. The score is the fine pose's: meters plus radians."""
        figures = medians(self.ask(network))
        if not np.isfinite(figures["fine_m"]):
            raise DivergedError("Half of the held-out images have no pose", "Train again with a lower --rate")
        return {"score": figures["fine_m"] + float(np.deg2rad(figures["fine_deg"])), **figures}

    def ask(self, network: Any) -> list[Asked]:
        """Return the answers to held-out queries, by a learner in eval mode."""
        return ask(network.camnet, self.data.exams(), self.config.retrieves)

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Write the pictures for the report, see :mod:`reloc.training.camnet.pictures`."""
        from reloc.training.camnet.pictures import draw_all

        return draw_all(self, network, folder)

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model, see :mod:`reloc.training.camnet.exporting`."""
        from reloc.training.camnet.exporting import export

        return export(self, network, run, out, int8)


PLUGIN = CamNetTask
