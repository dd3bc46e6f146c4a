"""The interface of backends: a model in, a session out; arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray

from reloc.models.model import FLOAT16, FLOAT32, INT8, Model

Log = Callable[[str], None]
Arrays = Mapping[str, NDArray[Any]]  # by name of the input or output

# Precisions of a network. The files of a model are float32, float16 or int8. A backend may compute in a coarser
# precision than the file's (bf16 from float16), or in a finer one (float32 from float16).
AUTO = "auto"
BF16 = "bf16"
ARITHMETIC = (FLOAT32, BF16, FLOAT16, INT8)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a backend can be used here."""

    usable: bool
    detail: str  # the version, or the reason why not
    fix: str = ""  # how to install it, if it is not usable
    device: str = ""  # "CPU" or the GPU's name, if it is usable


class Session(Protocol):
    """A network that is ready to run. Do not call it from two threads at once."""

    backend: str
    device: str  # "CPU", or the GPU's name
    precision: str  # the precision in use, one of ARITHMETIC
    batch_sizes: tuple[int, ...]

    def buffers(self, batch: int) -> Arrays:
        """Return the network's inputs for a batch of that size: writable arrays that it reads when it runs. Fill them.

        Raises:
            BackendError: it was not opened for batches of that size.
        """

    def run(self, batch: int) -> Arrays:
        """Run on the buffers: return float32 (or the output's own type), read-only, valid until the next run.

        NaN and infinity are returned unchanged; the caller must check for them.

        Raises:
            BackendError: it was not opened for batches of that size, was closed, or the device failed.
        """

    def close(self) -> None:
        """Release everything. Closing twice does nothing."""


class Backend(Protocol):
    """A way to run networks; a file's ``PLUGIN``. Its packages are imported on use, not with its file."""

    name: ClassVar[str]
    Config: ClassVar[type[Any]]

    @classmethod
    def availability(cls) -> Availability:
        """Return whether it can be used on this machine. It is fast and never raises."""

    @classmethod
    def precisions(cls, model: Model) -> Mapping[str, str]:
        """Return the precisions in which it can run ``model`` here, best first, each with a short reason.

        Call it only if it is usable.
        """

    @classmethod
    def open(
        cls, model: Model, config: Any, *, precision: str = AUTO, batch_sizes: tuple[int, ...] = (1,), log: Log = print
    ) -> Session:
        """Prepare the model for batches of these sizes.

        Args:
            precision: one of :meth:`precisions`; auto is the first of them.
            log: called with lines about slow steps.

        Raises:
            BackendUnavailableError: it cannot be used here.
            BackendError: it cannot run the model in this precision.
            ModelInputError: the ONNX file has other inputs or outputs than ``model.json`` lists.
            UnsupportedOperatorError: the network has an operator that it lacks.
            ModelFormatError: the ONNX file cannot be read.
            GpuMemoryError, EngineCacheError: in backends that can raise them.
        """
