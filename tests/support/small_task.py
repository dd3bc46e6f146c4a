"""A small thing that really is learned: where in a picture a blob is. In seconds, on one core, from no data."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from reloc.config import param, to_mapping, validate
from reloc.errors import CheckpointError, TrainingDataError
from reloc.maps.progress import Progress, track
from reloc.maps.reference_map import ReferenceMap
from reloc.training.run import TrainingRun
from reloc.training.seeds import generator

if TYPE_CHECKING:
    from reloc.models.model import Model

SIZE = 16  # px, of the pictures


@dataclass(frozen=True, slots=True)
class Config:
    steps: int = param(60, "steps of the optimizer", ge=1)
    seed: int = param(1, "seed of everything random", ge=0)
    batch: int = param(8, "pictures a step, over all processes", ge=1)
    learning_rate: float = param(0.01, "base learning rate", ge=0.0)
    dropout: float = param(0.0, "share of features dropped", ge=0.0, le=0.9)
    nan_at: int = param(-1, "step whose pictures are not numbers; -1: none")
    flat_after: int = param(-1, "step after which the learning rate is 0; -1: never")
    step_s: float = param(0.0, "how long a batch takes to make, at least", unit="s", ge=0.0)

    def __post_init__(self) -> None:
        validate(self)


class BlobNetwork(nn.Module):
    """Two convolutions and a regressor; no batch normalisation, so that two processes can equal one."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU(), nn.Flatten()
        )
        self.dropout = nn.Dropout(dropout)
        self.position = nn.Linear(8 * (SIZE // 4) ** 2, 2)

    def forward(self, image: Tensor) -> Tensor:
        """(B, SIZE, SIZE, 3) uint8 (or float) to (B, 2), column and row over SIZE."""
        x = image.float().permute(0, 3, 1, 2) / 255.0  # cast first: TensorRT can do nothing else with uint8
        return self.position(self.dropout(self.convolutions(x)))


class SmallTask:
    """Where is the blob?"""

    name = "small"
    Config = Config
    needs_map = True

    def __init__(self, config: Config, held_out: dict[str, Any]) -> None:
        self.config, self.seed, self.steps = config, config.seed, config.steps
        self._held_out = held_out

    @classmethod
    def from_map(cls, config: Config, reference_map: ReferenceMap, workspace: Path, progress: Progress) -> SmallTask:
        if len(reference_map) < 2:
            raise TrainingDataError(f"{len(reference_map)} references are not enough", "Use a map of 2 or more")
        file = workspace / "held_out.npz"
        if not file.exists():
            workspace.mkdir(parents=True, exist_ok=True)
            (workspace / f"made_by_{os.environ.get('RANK', '0')}").touch()
            rows = [draw(generator(config.seed, 1, i), 1) for i in track(progress, "held out", range(32))]
            images, centres = (np.concatenate(parts) for parts in zip(*rows, strict=True))
            np.savez(file, image=images, centre=centres)
        with np.load(file) as stored:
            return cls(config, {name: torch.from_numpy(stored[name]) for name in ("image", "centre")})

    def network(self) -> nn.Module:
        return BlobNetwork(self.config.dropout)

    def optimizer(self, network: nn.Module) -> torch.optim.Optimizer:
        return torch.optim.AdamW(network.parameters(), lr=self.config.learning_rate)

    def rate(self, step: int) -> float:
        return 0.0 if 0 <= self.config.flat_after <= step else 1.0 - 0.9 * step / self.steps

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        time.sleep(self.config.step_s)
        images, centres = draw(generator(self.seed, 0, step), self.config.batch)
        mine = slice(rank, None, world_size)
        values = images[mine].astype(np.float32)
        if step == self.config.nan_at:
            values[:] = np.nan
        return {"image": values, "centre": centres[mine]}

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        error = network(batch["image"]).float() - batch["centre"]
        return {"loss": (error**2).mean(), "worst": error.abs().max()}

    def validate(self, network: nn.Module) -> dict[str, float]:
        error = (network(self._held_out["image"]) - self._held_out["centre"]).norm(dim=1)
        return {"score": float(error.mean()), "largest": float(error.max())}

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "first.png"
        with torch.no_grad():
            u, v = (network(self._held_out["image"][:1])[0] * SIZE).round().int().tolist()
        picture = cv2.circle(self._held_out["image"][0].numpy().copy(), (u, v), 1, (255, 0, 0))
        cv2.imwrite(str(file), picture[..., ::-1])
        return [("Where the network sees the first blob", file)]

    def state(self) -> dict[str, Any]:
        return to_mapping(self.config)

    def load_state(self, state: dict[str, Any]) -> None:
        if state["seed"] != self.seed:
            raise CheckpointError(
                f"The checkpoint was trained with seed {state['seed']}, not {self.seed}", "Use that one"
            )

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        from reloc.models.tensor import TensorSpec
        from reloc.training.card import CardText
        from reloc.training.export import Description, export_model

        images = self._held_out["image"].numpy()
        score = self.validate(network)["score"]
        card = CardText(
            what="Says where in a picture a blob is.",
            inputs={"image": "pictures, RGB"},
            outputs={"position": "column and row of the blob's centre over the picture's size"},
            preprocessing="None: the graph takes bytes.",
            recipe="AdamW on drawn pictures:",
            data="Drawn pictures; no data set.",
            licence="Apache-2.0, as reloc.",
            accuracy={"mean distance": f"{score:.4f} of the picture's size, 32 pictures"},
            uncertainty="It states none.",
            limits=["Pictures without a blob get an answer, too."],
        )
        description = Description(
            name="small",
            kind="small",
            inputs=[TensorSpec("image", "uint8", (None, SIZE, SIZE, 3))],
            outputs=[TensorSpec("position", "float32", (None, 2))],
            camera=None,
            world=None,
            metadata={"score": score},
            card=card,
        )
        batches = [{"image": images[i : i + 4]} for i in range(0, 16, 4)]
        return export_model(network_of_one(network), run, out, description, batches, differences, LIMITS, int8=int8)


LIMITS = {"position": 0.01}  # of the picture's size


def differences(wanted: Mapping[str, np.ndarray], got: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {"position": float(np.abs(wanted["position"] - got["position"]).max())}


def network_of_one(network: nn.Module) -> nn.Module:
    """The network with its one output in a tuple."""

    class Outputs(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, image: Tensor) -> tuple[Tensor]:
            return (self.network(image),)

    return Outputs()


def draw(random: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (count, SIZE, SIZE, 3) uint8 of a bright blob, and its centres (count, 2) over SIZE."""
    centres = random.uniform(0.2, 0.8, (count, 2)).astype(np.float32)
    v, u = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    distance = (u - centres[:, :1, None] * SIZE) ** 2 + (v - centres[:, 1:, None] * SIZE) ** 2
    bright = 200.0 * np.exp(-distance / 8.0)[..., None] + random.uniform(0, 40, (count, SIZE, SIZE, 3))
    return bright.astype(np.uint8), centres


PLUGIN = SmallTask
