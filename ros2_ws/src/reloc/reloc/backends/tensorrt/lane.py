"""One batch size, ready to run: a context of its own, its buffers, and its work recorded as a CUDA graph."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import tensorrt as trt
from numpy.typing import NDArray

from reloc.backends.backend import Arrays, Log
from reloc.backends.interface import check_interface
from reloc.backends.tensorrt.builder import MESSAGES, found
from reloc.backends.tensorrt.cuda import Buffer, Graph, Stream
from reloc.backends.tensorrt.timing import InputThere, input_there
from reloc.errors import BackendError, GpuMemoryError, ModelInputError
from reloc.models.model import Model

_INPUT, _OUTPUT = trt.TensorIOMode.INPUT, trt.TensorIOMode.OUTPUT
_QUEUED = 100  # graphs behind each other


class TensorRtLane:
    """One batch size of an engine.

    Args:
        profile: number of the optimisation profile that is for this batch size.
        use_graph: record the work, copies included, as one CUDA graph.

    Raises:
        GpuMemoryError, BackendError: as they say. What was taken is given back.
    """

    def __init__(
        self, model: Model, engine: Any, stream: Stream, batch: int, profile: int, use_graph: bool, log: Log
    ) -> None:
        self.batch = batch
        self._stream = stream
        self._buffers: dict[str, Buffer] = {}
        self._graphs: list[Graph] = []
        self._context: Any = None
        try:
            self._context = self._make_context(engine, profile)
            self._bind(engine, model)
            self._in = [self._buffers[spec.name] for spec in model.inputs]
            self._out = [self._buffers[spec.name] for spec in model.outputs]
            hosts = {name: buffer.host for name, buffer in self._buffers.items()}
            self.inputs: Arrays = MappingProxyType({spec.name: hosts[spec.name] for spec in model.inputs})
            self.outputs: Arrays = MappingProxyType({spec.name: _read_only(hosts[spec.name]) for spec in model.outputs})
            self._work()  # once plainly: TensorRT puts off what cannot be recorded until the first time
            stream.synchronize()
            self._graph = self._record(self._work, log) if use_graph else None
            self._graph_inside = self._record(self._compute, log) if self._graph else None
        except BaseException:
            self.close()
            raise

    def run(self) -> None:
        """Copy in, compute, copy out; returns when it is done."""
        if self._graph is None:
            self._work()
        else:
            self._graph.launch()
        self._stream.synchronize()

    def time_inside(self, count: int) -> InputThere:
        """How long it takes with the input there already. Leaves the outputs as they are."""
        self._work()
        self._stream.synchronize()
        graph = self._graph_inside
        launch = self._compute if graph is None else graph.launch
        plain_ms = [self._time(self._compute) for _ in range(count)]
        graph_ms = [] if graph is None else [self._time(graph.launch) for _ in range(count)]
        return input_there(self.batch, graph_ms, plain_ms, self._time(lambda: _repeat(launch)) / _QUEUED)

    def close(self) -> None:
        """Give everything back but the host's memory, which goes with the last view of it."""
        with suppress(BackendError):  # a GPU that failed fails here once more
            self._stream.synchronize()
        for graph in self._graphs:
            graph.close()
        self._graphs = []
        self._context = None  # before its buffers
        for buffer in self._buffers.values():
            buffer.close()
        self._buffers = {}

    def _make_context(self, engine: Any, profile: int) -> Any:
        MESSAGES.clear()
        context = engine.create_execution_context()
        if context is None:
            failure = MESSAGES.failure(f"No room to run batches of {self.batch}")
            raise failure if isinstance(failure, GpuMemoryError) else GpuMemoryError(failure.problem, failure.fix)
        if engine.num_optimization_profiles > 1 or profile:
            if not context.set_optimization_profile_async(profile, int(self._stream.handle)):
                raise MESSAGES.failure(f"The profile for batches of {self.batch} cannot be chosen")
            self._stream.synchronize()
        return context

    def _bind(self, engine: Any, model: Model) -> None:
        """Shapes and addresses, which stay the same from now on."""
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        there = {n: found(n, engine.get_tensor_dtype(n), engine.get_tensor_shape(n)) for n in names}
        of = {mode: [there[n] for n in names if engine.get_tensor_mode(n) == mode] for mode in (_INPUT, _OUTPUT)}
        check_interface(model, of[_INPUT], of[_OUTPUT])
        for spec in model.inputs:
            if not self._context.set_input_shape(spec.name, spec.at(self.batch)):
                raise MESSAGES.failure(f"The engine refuses {spec.name!r} in batches of {self.batch}")
        if missing := self._context.infer_shapes():
            raise BackendError(f"The shape of {missing[0]!r} is not known", "Export the network without shape inputs")
        for spec in (*model.inputs, *model.outputs):
            shape = tuple(self._context.get_tensor_shape(spec.name))
            if shape != spec.at(self.batch):
                problem = f"{spec.name} has the shape {shape} in a batch of {self.batch}, not {spec.at(self.batch)}"
                raise ModelInputError(problem, "Export the model again")
            buffer = self._buffers[spec.name] = Buffer(shape, spec.dtype)
            if not self._context.set_tensor_address(spec.name, buffer.device):
                raise MESSAGES.failure(f"The engine refuses the memory for {spec.name!r}")

    def _work(self) -> None:
        for buffer in self._in:
            buffer.to_device(self._stream)
        self._compute()
        for buffer in self._out:
            buffer.to_host(self._stream)

    def _compute(self) -> None:
        if not self._context.execute_async_v3(int(self._stream.handle)):
            raise MESSAGES.failure("TensorRT cannot run the network")

    def _record(self, work: Callable[[], None], log: Log) -> Graph | None:
        try:
            graph = self._stream.capture(work)
        except GpuMemoryError:
            raise
        except BackendError as error:
            log(f"no CUDA graph for batches of {self.batch}, which costs some time: {error.problem}")
            return None
        self._graphs.append(graph)
        return graph

    def _time(self, launch: Callable[[], None]) -> float:
        """Milliseconds until the work is done."""
        began = time.perf_counter()
        launch()
        self._stream.synchronize()
        return (time.perf_counter() - began) * 1e3


def _repeat(launch: Callable[[], None]) -> None:
    for _ in range(_QUEUED):
        launch()


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
