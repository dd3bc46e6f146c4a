"""Run one batch size: its own context, its buffers, and its work recorded as a CUDA graph."""

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
_QUEUED = 100  # number of graphs in a row


class TensorRtLane:
    """One batch size of an engine.

    Args:
        profile: number of the optimization profile for this batch size.
        use_graph: record the work, copies included, as one CUDA graph.

    Raises:
        GpuMemoryError, BackendError: see these classes. All resources are released.
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
            self._work()  # run once without recording: TensorRT delays to the first run what cannot be recorded
            stream.synchronize()
            self._graph = self._record(self._work, log) if use_graph else None
            self._graph_inside = self._record(self._compute, log) if self._graph else None
        except BaseException:
            self.close()
            raise

    def run(self) -> None:
        """Copy in, compute, copy out; return when it is done."""
        if self._graph is None:
            self._work()
        else:
            self._graph.launch()
        self._stream.synchronize()

    def time_inside(self, count: int) -> InputThere:
        """Measure how long it takes with the input already there. The outputs do not change."""
        self._work()
        self._stream.synchronize()
        graph = self._graph_inside
        launch = self._compute if graph is None else graph.launch
        plain_ms = [self._time(self._compute) for _ in range(count)]
        graph_ms = [] if graph is None else [self._time(graph.launch) for _ in range(count)]
        return input_there(self.batch, graph_ms, plain_ms, self._time(lambda: _repeat(launch)) / _QUEUED)

    def close(self) -> None:
        """Release everything but the host's memory, which is released with its last view."""
        with suppress(BackendError):  # a GPU that failed fails here again
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
            failure = MESSAGES.failure(f"Not enough memory to run batches of {self.batch}")
            raise failure if isinstance(failure, GpuMemoryError) else GpuMemoryError(failure.problem, failure.fix)
        if engine.num_optimization_profiles > 1 or profile:
            if not context.set_optimization_profile_async(profile, int(self._stream.handle)):
                raise MESSAGES.failure(f"The profile for batches of {self.batch} cannot be selected")
            self._stream.synchronize()
        return context

    def _bind(self, engine: Any, model: Model) -> None:
        """Set shapes and addresses, which stay the same from now on."""
        names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
        there = {n: found(n, engine.get_tensor_dtype(n), engine.get_tensor_shape(n)) for n in names}
        of = {mode: [there[n] for n in names if engine.get_tensor_mode(n) == mode] for mode in (_INPUT, _OUTPUT)}
        check_interface(model, of[_INPUT], of[_OUTPUT])
        for spec in model.inputs:
            if not self._context.set_input_shape(spec.name, spec.at(self.batch)):
                raise MESSAGES.failure(f"The engine refuses {spec.name!r} in batches of {self.batch}")
        if missing := self._context.infer_shapes():
            raise BackendError(f"The shape of {missing[0]!r} is unknown", "Export the network without shape inputs")
        for spec in (*model.inputs, *model.outputs):
            shape = tuple(self._context.get_tensor_shape(spec.name))
            if shape != spec.at(self.batch):
                problem = (
                    f"{spec.name} has the shape {shape} in a batch of {self.batch}, but {spec.at(self.batch)} is "
                    "expected"
                )
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
        """Return the milliseconds until the work is done."""
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
