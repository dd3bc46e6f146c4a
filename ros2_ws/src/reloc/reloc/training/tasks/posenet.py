"""``posenet``: learn to regress the pose of one image (Kendall, Grimes and Cipolla, ICCV 2015)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from reloc.geometry.rotations import quaternions_from_matrices
from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap
from reloc.networks.posenet import PoseNetNetwork
from reloc.training.held_out import split
from reloc.training.imagenet import load_imagenet
from reloc.training.nearby_views import NearbyViews, shrunk
from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.posenet.errors import PoseErrors, pose_errors
from reloc.training.posenet.loss import PoseNetLearner, pose_loss
from reloc.training.posenet.references import TargetReferences, load
from reloc.training.posenet.schedule import factor
from reloc.training.run import TrainingRun
from reloc.training.same_task import SameParameters
from reloc.training.seeds import generator
from reloc.training.unwrap import unwrap
from reloc.training.view_spread import Spread

if TYPE_CHECKING:
    from reloc.models.model import Model

_DRAW = 2  # place of the generator that draws images; 0 and 1 are the trainer's
FASTER = 10.0
SMALLER = 100.0  # added to scores at smaller image sizes, so that weights of the final size are kept


class PoseNetTask(SameParameters):
    """The network, and the references of a map with views around them that it learns from."""

    name: ClassVar[str] = "posenet"
    Config: ClassVar[type[PoseNetTaskConfig]] = PoseNetTaskConfig
    needs_map: ClassVar[bool] = True

    def __init__(self, config: PoseNetTaskConfig, references: TargetReferences, frame: str) -> None:
        """Use :meth:`from_map`."""
        self.config, self.seed, self.steps = config, config.seed, config.steps
        self.references, self.frame = references, frame
        poses = references.world_from_cam
        self.learned, self.held_out = split(poses, config.held_out)
        places = poses[self.learned, :3, 3]
        self.centre = places.mean(axis=0)
        self.extent = max(float(places.std(axis=0).max()), 0.1)  # meters
        metres = config.spread_m if references.has_depth else 0.0
        self.spread = Spread.of(poses[self.learned], metres, config.spread_deg)
        self._drawn_at: dict[int, NearbyViews] = {}
        self._side = config.side

    @classmethod
    def from_map(
        cls, config: PoseNetTaskConfig, reference_map: ReferenceMap, workspace: Path, progress: Progress
    ) -> Self:
        """Create the task for a map.

        Raises:
            TrainingDataError: too few references, or most of them without landmarks.
        """
        split(reference_map.world_from_cam, config.held_out)  # fails early, before a minute of decoding
        return cls(config, load(reference_map, config.side, workspace, progress), reference_map.frame)

    def network(self) -> nn.Module:
        """Create a PoseNet with the mean image and the size of this scene."""
        posenet = PoseNetNetwork(self.config.width, self.config.dropout, self.config.side)
        mean = np.mean([self.references.views[i].image for i in self.learned], axis=0)
        posenet.mean_image.copy_(torch.from_numpy(mean).permute(2, 0, 1)[None])
        posenet.centre.copy_(torch.from_numpy(self.centre))
        posenet.extent.fill_(self.extent)
        if self.config.weights:
            load_imagenet(posenet.backbone, Path(self.config.weights), "googlenet-1378be20.pth")
        return PoseNetLearner(posenet)

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        """Return the paper's SGD, or AdamW. Weight decay excludes normalization, biases and the weights of the loss."""
        if self.config.optimizer == "sgd":
            return torch.optim.SGD(network.parameters(), self.config.rate, momentum=0.9)
        # They get a higher rate: one step moves them by the rate, and they change much.
        weights: Any = network.log_weights
        matrices = [p for p in network.parameters() if p.ndim > 1]
        rest = [p for p in network.parameters() if p.ndim <= 1 and p is not weights]
        groups = [
            {"params": matrices, "weight_decay": 0.02},
            {"params": rest, "weight_decay": 0.0},
            {"params": [weights], "weight_decay": 0.0, "lr": FASTER * self.config.rate},
        ]
        return torch.optim.AdamW(groups, self.config.rate)

    def rate(self, step: int) -> float:
        """Return the rate's factor, see :mod:`reloc.training.posenet.schedule`."""
        return factor(self.config, step, len(self.learned))

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return images (B, side, side, 3) uint8, positions (B, 3) in units of the scene, and quaternions (B, 4)."""
        views = self.views_at(self.config.side_at(step))
        # All processes share one numbering of images, so the number of processes does not change the result.
        mine = range(rank, self.config.batch, world_size)
        samples = [views.draw(generator(self.seed, _DRAW, step, i)) for i in mine]
        poses = np.stack([sample.world_from_cam for sample in samples])
        return {
            "image": np.stack([sample.image for sample in samples]),
            "position": ((poses[:, :3, 3] - self.centre) / self.extent).astype(np.float32),
            "rotation": quaternions_from_matrices(poses[:, :3, :3], canonical=False).astype(np.float32),
        }

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return the losses of a batch, see :mod:`reloc.training.posenet.loss`."""
        self._side = batch["image"].shape[1]
        extent = unwrap(network).posenet.extent
        return pose_loss(self.config, network(batch["image"]), batch["position"], batch["rotation"], extent)

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return median errors on the held-out references.

        The score counts 5 degrees like 0.5 m, as the paper's results.
        """
        errors = self.errors(network, self._side)
        metres, degrees = float(np.median(errors.metres)), float(np.median(errors.degrees))
        late = 0.0 if self._side == self.config.side else SMALLER
        return {"score": metres / 0.5 + degrees / 5.0 + late, "metres": metres, "degrees": degrees}

    def errors(self, network: nn.Module, side: int | None = None) -> PoseErrors:
        """Return the errors on the held-out references, without augmentation."""
        views = [self.references.views[i] for i in self.held_out]
        if side is not None and side != self.config.side:
            views = shrunk(views, side)
        return pose_errors(network, views)

    def views_at(self, side: int) -> NearbyViews:
        """Return the generator of training images of ``side`` x ``side`` pixels."""
        if side not in self._drawn_at:
            learned = [self.references.views[i] for i in self.learned]
            camera = self.references.camera
            if side != self.config.side:
                learned, camera = shrunk(learned, side), camera.scaled(side, side)
            self._drawn_at[side] = NearbyViews(learned, camera, self.spread)
        return self._drawn_at[side]

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Write the pictures for the report, see :mod:`reloc.training.posenet.pictures`."""
        from reloc.training.posenet.pictures import draw_all

        return draw_all(self, network, folder)

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model, see :mod:`reloc.training.posenet.exporting`."""
        from reloc.training.posenet.exporting import export

        return export(self, network, run, out, int8)


PLUGIN = PoseNetTask
