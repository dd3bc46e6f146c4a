"""What every backend is: a model in, a session out; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from reloc.models.model import FLOAT16, FLOAT32, INT8, Model

Log = Callable[[str], None]
Arrays = Mapping[str, NDArray[Any]]  # by name of the input or output

# What arithmetic a network can be asked for. The files of a model are float32, float16 or int8; a backend may compute
# coarser than the file says (bf16 from float16), or finer (float32 from float16).
AUTO = "auto"
BF16 = "bf16"
ARITHMETIC = (FLOAT32, BF16, FLOAT16, INT8)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can be used here."""

    usable: bool
    detail: str  # the version, or why not
    fix: str = ""  # how to get it, where it is not usable
    device: str = ""  # "CPU" or the GPU's name, where it is usable


class Session(Protocol):
    """A network that is ready to run. Not to be called from two threads at once."""

    backend: str
    device: str  # "CPU", or the GPU's name
    precision: str  # what arithmetic really runs, one of ARITHMETIC
    batch_sizes: tuple[int, ...]

    def buffers(self, batch: int) -> Arrays:
        """The network's inputs for a batch of that size: writable arrays that it reads when it runs. Fill them.

        Raises:
            BackendError: it was not opened for batches of that size.
        """

    def run(self, batch: int) -> Arrays:
        """Answer what the buffers hold: float32 (or the output's own type), read-only, valid until the next run.

        Numbers that are none come out as they are. Whoever uses them has to look.

        Raises:
            BackendError: it was not opened for batches of that size, was closed, or the device failed.
        """

    def close(self) -> None:
        """Give everything back. To close twice does nothing."""


class Backend(Protocol):
    """One way to run networks; a file's ``PLUGIN``. What it needs is imported when it is asked, not with its file."""

    name: ClassVar[str]
    Config: ClassVar[type[Any]]

    @classmethod
    def availability(cls) -> Availability:
        """Whether it can be used on this machine. Quick, and never raises."""

    @classmethod
    def precisions(cls, model: Model) -> Mapping[str, str]:
        """The arithmetic that it can run ``model`` in here, the best first, each with the reason in a few words.

        Only where it is usable.
        """

    @classmethod
    def open(
        cls, model: Model, config: Any, *, precision: str = AUTO, batch_sizes: tuple[int, ...] = (1,), log: Log = print
    ) -> Session:
        """Make the model ready for batches of these sizes.

        Args:
            precision: one of :meth:`precisions`; auto is the first of them.
            log: told what takes long.

        Raises:
            BackendUnavailableError: it cannot be used here.
            BackendError: it cannot run the model in this precision.
            ModelInputError: the ONNX file takes or gives other tensors than ``model.json`` says.
            UnsupportedOperatorError: the network has an operator that it lacks.
            ModelFormatError: the ONNX file cannot be read.
            GpuMemoryError, EngineCacheError: where they can happen.
        """
