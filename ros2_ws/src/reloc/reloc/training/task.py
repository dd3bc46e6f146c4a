"""The interface between the trainer and a training task: :class:`Task`."""

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
    """A network, its data, its loss and its validation.

    A task draws random numbers from its own generators (:mod:`reloc.training.seeds`), because ``batch`` runs on other
    threads. The trainer seeds torch's global generator before ``network()`` and before every step, for example for
    dropout.
    """

    name: ClassVar[str]
    Config: ClassVar[type]  # a frozen dataclass of param()s, which become options of `reloc train NAME`
    needs_map: ClassVar[bool]  # if true, from_map creates the task from a map; otherwise from_nothing creates it
    seed: int
    steps: int  # total number of the optimizer's steps

    # A task needs one of the next two methods, see needs_map.
    @classmethod
    def from_map(cls, config: Any, reference_map: ReferenceMap, workspace: Path, progress: Progress, /) -> Self:
        """Create the task for a map. ``workspace`` is a folder for files worth keeping, such as decoded images.

        With several processes, process 0 creates its task first. The others find the workspace filled and write
        nothing.

        Raises:
            TrainingDataError: the map has not enough references.
        """
        ...

    @classmethod
    def from_nothing(cls, config: Any, workspace: Path, progress: Progress, /) -> Self:
        """Create a task that needs no map; see also :meth:`from_map`."""
        ...

    def network(self) -> nn.Module:
        """Create a new network. Its parameters include all that is learned, also the weights of the loss."""
        ...

    def optimizer(self, network: nn.Module) -> Optimizer:
        """Return an optimizer with its base learning rates."""
        ...

    def rate(self, step: int) -> float:
        """Return the factor for the base learning rates at ``step`` (0 to steps - 1)."""
        ...

    def batch(self, step: int, rank: int, world_size: int) -> Any:
        """Return the data of process ``rank`` at ``step``: tensors or arrays on the CPU, in dicts, lists or tuples.

        The batch depends on (seed, step, rank) only, so an interrupted run neither repeats nor loses a step. The
        trainer calls this on other threads, possibly on several at a time.
        """
        ...

    def loss(self, network: nn.Module, batch: Any) -> dict[str, Tensor]:
        """Return scalars by name. "loss" is minimized and must be a mean over the batch; the others are logged.

        ``network`` may be wrapped for several processes: call it; for its attributes, ``unwrap`` it.
        """
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Return figures on held-out data; the lowest "score" is the best. The network is in eval mode, not wrapped."""
        ...

    def pictures(self, network: nn.Module, folder: Path) -> Sequence[tuple[str, Path]]:
        """Write image files (SVG, PNG, JPEG) for the report into ``folder``; return captions and files."""
        ...

    def state(self) -> dict[str, Any]:
        """Return the task's state for the checkpoint, as JSON values."""
        ...

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the value of :meth:`state`.

        Raises:
            CheckpointError: it belongs to another task than this one.
        """
        ...

    def export(self, network: nn.Module, run: TrainingRun, out: Path, int8: bool = False) -> Model:
        """Write the trained network as a model folder, by :func:`reloc.training.export.export_model`.

        ``int8``: also write a quantized file, if it is accurate enough.
        """
        ...
