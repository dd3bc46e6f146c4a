"""What a trainable thing looks like to the trainer: :class:`Task`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from torch import Tensor, nn
from torch.optim import Optimizer

from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap
from reloc.training.run import TrainingRun

if TYPE_CHECKING:
    from reloc.models.model import Model

TASKS = "reloc.training.tasks"  # the package of plugins


class Task(Protocol):
    """A network, its data, its loss, and how its result is judged.

    Whatever is random in a task comes from generators of its own (:mod:`reloc.training.seeds`): ``batch`` runs on
    other threads than the rest, so torch's global generator is not its own. The trainer seeds that one before
    ``network()`` and before every step, for dropout and the like.
    """

    name: ClassVar[str]
    Config: ClassVar[type]  # a frozen dataclass of param()s: they become options of `reloc train NAME`
    needs_map: ClassVar[bool]  # whether it is learned from a map: made by from_map, else by from_nothing
    seed: int
    steps: int  # of the optimizer, in all

    # One of the next two is enough, see needs_map.
    @classmethod
    def from_map(cls, config: Any, reference_map: ReferenceMap, workspace: Path, progress: Progress, /) -> Self:
        """The task for a map. ``workspace`` is a folder for what is worth keeping (decoded images).

        In several processes, process 0 makes its task first: the others find the workspace filled and write nothing.

        Raises:
            TrainingDataError: the map has not enough references.
        """
        ...

    @classmethod
    def from_nothing(cls, config: Any, workspace: Path, progress: Progress, /) -> Self:
        """The task that needs no map; else as :meth:`from_map`."""
        ...

    def network(self) -> nn.Module:
        """A fresh network. Everything that is learned is a parameter of it, weights of the loss, too."""
        ...

    def optimizer(self, network: nn.Module) -> Optimizer:
        """An optimizer at its base learning rates."""
        ...

    def rate(self, step: int) -> float:
        """Factor on the base learning rates at ``step`` (0 to steps - 1)."""
        ...

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """What process ``rank`` learns from at ``step``: tensors or arrays on the CPU, in dicts, lists, tuples.

        The same for the same (seed, step, rank), whatever was asked before: so a run that was interrupted
        neither repeats nor loses a step. Called on other threads, several at a time if so configured.
        """
        ...

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Scalars; "loss" is minimized, the others are logged. It is to be a mean over the batch.

        ``network`` may be wrapped for several processes: call it; for its attributes, ``unwrap`` it.
        """
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures on what is held out; of "score" the lowest is the best. The network is in eval mode, unwrapped."""
        ...

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Captions and image files (SVG, PNG, JPEG), written into ``folder``, for the report."""
        ...

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps of the task, as JSON has it."""
        ...

    def load_state(self, state: dict[str, Any]) -> None:
        """Take what :meth:`state` gave.

        Raises:
            CheckpointError: it belongs to another task than this one.
        """
        ...

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model folder: say what it is to :func:`reloc.training.export.export_model`.

        ``int8``: write a quantized file, too, if it is good enough.
        """
        ...
