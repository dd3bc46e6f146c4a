"""Choose the backend and the precision for a network here, and open a session at full speed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reloc import plugins
from reloc.backends.backend import AUTO, Availability, Backend, Log, Session
from reloc.backends.forced import by_user
from reloc.backends.measured import race, times_file
from reloc.backends.measured.contenders import PROCESSOR, Way, timed_on, ways
from reloc.config import from_mapping, parameters
from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    DependencyError,
    RelocError,
    UnsupportedOperatorError,
)
from reloc.models.model import Model

BACKENDS = "reloc.backends"
ORDER = ("tensorrt", "openvino", "onnxruntime")  # among those on the same kind of device, the fastest first
WARM_UP_RUNS = 5  # runs per batch size: memory is allocated, kernels are chosen, clocks rise
_LOG = logging.getLogger(BACKENDS)


@dataclass(frozen=True, slots=True)
class Choice:
    """The backend and precision for a model, and why."""

    backend: str
    precision: str
    reason: str


def survey() -> dict[str, Availability]:
    """Return every backend of reloc with its availability, in the order of choice."""
    found = {name: _availability(name) for name in plugins.names(BACKENDS)}
    return dict(sorted(found.items(), key=lambda item: _rank(*item)))


def choose(
    model: Model, backend: str = AUTO, precision: str = AUTO, batch_sizes: Sequence[int] = (1,),
    settings: Mapping[str, Any] | None = None,
) -> Choice:  # fmt: skip
    """Return the backend and the precision for ``model``: the requested ones, or the fastest available.

    On an NVIDIA GPU this is TensorRT, else ONNX Runtime with CUDA. On a processor it is what was measured to be the
    fastest; if nothing was measured yet, OpenVINO, else ONNX Runtime. Nothing is measured here.

    Args:
        batch_sizes, settings: as for :func:`open_session`; times are measured for each.

    Raises:
        PluginError, DependencyError: there is no such backend, or its file cannot be imported.
        BackendUnavailableError: the requested backend, or every backend, cannot be used here.
        BackendError: the precision is not available here, or RELOC_BACKEND names nothing.
    """
    backend, precision, measured = by_user(backend, precision)
    expected = next(_choices(model, backend, precision))[0]
    there = _there(backend)
    among = ways(BACKENDS, there, model, backend, precision) if measured else []
    times = times_file.known(timed_on(model, there, batch_sizes, settings or {})) if among else {}
    best = race.fastest(among, times)
    return _as_choice(best, among, times) if best else expected


def measured_times(model: Model) -> dict[str, str]:
    """Return what was measured of a model on this machine, for people, by batch sizes and settings."""
    there = survey()
    among = ways(BACKENDS, there, model, AUTO, AUTO)
    found = times_file.of_model(timed_on(model, there, (), {}))
    return {
        ", ".join([f"batches of {' and '.join(map(str, on.batch_sizes))}", *filter(None, [on.settings])]): words
        for on, times in found
        if (words := race.told(among, times))
    }


def open_session(
    model: Model,
    backend: str = AUTO,
    precision: str = AUTO,
    batch_sizes: Sequence[int] = (1,),
    log: Log = _LOG.info,
    *,
    settings: Mapping[str, Any] | None = None,
    allowance: race.Allowance = race.PROCESS,
) -> Session:
    """Open the model with the fastest backend and precision, and run it several times, so that the first frame is not
    slower.

    On a processor the fastest is found by measuring, at first use; see :mod:`reloc.backends.measured.race`. If a
    backend lacks an operator of the network, the next one is used, unless a backend was requested by name.

    Args:
        log: called with lines about the choice, its reason, and slow steps.
        settings: parameters of the backend, by name. With "auto", unknown ones are ignored.
        allowance: seconds that may be spent on measuring.

    Raises:
        BackendError, ModelError, PluginError, DependencyError, ConfigError: it cannot be opened.
    """
    requested = backend != AUTO
    backend, precision, measured = by_user(backend, precision)
    sizes, given = tuple(batch_sizes), settings or {}
    began = time.perf_counter()

    def opened(plugin: type[Backend], wanted: str) -> Session:
        config = _config(plugin, given, strict=requested)
        session: Session = plugin.open(model, config, precision=wanted, batch_sizes=sizes, log=log)
        return session

    there = _there(backend) if measured else {}
    among = ways(BACKENDS, there, model, backend, precision) if measured else []
    if among:
        on = timed_on(model, there, sizes, given)
        way, session = race.open_fastest(
            among, on, model.name, lambda way: opened(way.plugin, way.precision), allowance, log
        )
        reason = _as_choice(way, among, times_file.known(on)).reason
    else:
        session, reason = _open_expected(model, backend, precision, opened, log)
    try:
        warm_up(session)
    except BaseException:
        session.close()
        raise
    log(
        f"{model.name}: {session.backend} in {session.precision} on {session.device}, ready in "
        f"{time.perf_counter() - began:.1f} s: {reason}"
    )
    return session


def warm_up(session: Session, runs: int = WARM_UP_RUNS) -> None:
    """Run every batch size on the content of its buffers."""
    for batch in session.batch_sizes:
        for _ in range(runs):
            session.run(batch)


def _open_expected(
    model: Model, backend: str, precision: str, opened: Callable[[type[Backend], str], Session], log: Log
) -> tuple[Session, str]:
    """Open the first of the expected choices whose backend has all operators of the network."""
    refused: UnsupportedOperatorError | None = None
    for choice, plugin in _choices(model, backend, precision):
        try:
            return opened(plugin, choice.precision), choice.reason
        except UnsupportedOperatorError as error:
            if backend != AUTO:
                raise
            refused = error
            log(f"{model.name}: {error}; trying the next backend")
    raise refused or BackendUnavailableError(f"No backend can run {model.name} here", "See `reloc doctor`")


def _as_choice(way: Way, among: Sequence[Way], times: race.Times) -> Choice:
    words = race.told(among, times) or f"{way} was not measured"
    return Choice(way.plugin.name, way.precision, words)


def _choices(model: Model, backend: str, precision: str) -> Iterator[tuple[Choice, type[Backend]]]:
    """Yield all possible choices, the one expected to be the fastest first.

    Raises:
        As :func:`choose`, before the first one.
    """
    if backend != AUTO:
        plugin: type[Backend] = plugins.load(BACKENDS, backend)
        there = plugin.availability()
        if not there.usable:
            raise BackendUnavailableError(f"The backend {backend} cannot be used here: {there.detail}", there.fix)
        chosen, why = _precision(plugin, model, precision)
        yield Choice(backend, chosen, f"{backend} was requested ({there.detail}); {why}"), plugin
        return
    passed: list[str] = []
    problems: list[RelocError] = []
    found = False
    for name, there in survey().items():
        if not there.usable:
            passed.append(f"no {name}: {there.detail}")
            continue
        plugin = plugins.load(BACKENDS, name)
        try:
            chosen, why = _precision(plugin, model, precision)
        except BackendError as error:
            passed.append(f"not {name}: {error.problem}")
            problems.append(error)
            continue
        found = True
        yield Choice(name, chosen, "; ".join([f"{there.detail} is the fastest here", why, *passed])), plugin
        passed.append(f"not {name}: it lacks an operator of {model.name}")
    if not found:
        if problems:
            raise problems[0]
        raise BackendUnavailableError(
            f"No backend can be used here ({'; '.join(passed)})", "pip install openvino onnxruntime"
        )


def _precision(plugin: type[Backend], model: Model, precision: str) -> tuple[str, str]:
    can = plugin.precisions(model)
    if precision == AUTO:
        for name, why in can.items():
            return name, f"{name}: {why}"
        raise BackendError(f"{plugin.name} can run none of the files of {model.name}", "Use another backend")
    if precision not in can:
        problem = f"{plugin.name} cannot run {model.name} in {precision} here"
        raise BackendError(problem, f"Available: {', '.join(can)}")
    return precision, f"{precision} was requested"


def _availability(name: str) -> Availability:
    try:
        plugin: type[Backend] = plugins.load(BACKENDS, name)
        return plugin.availability()
    except DependencyError as error:
        return Availability(False, error.problem, error.fix)


def _there(backend: str) -> dict[str, Availability]:
    """Return what can be chosen from. Other backends are not imported."""
    if backend == AUTO:
        return survey()
    return {backend: _availability(backend)} if backend in plugins.names(BACKENDS) else {}


def _rank(name: str, there: Availability) -> tuple[bool, int, str]:
    """Sort GPUs before processors. Unusable backends come first, so that the reason of the choice names them."""
    return there.device == PROCESSOR, ORDER.index(name) if name in ORDER else len(ORDER), name


def _config(plugin: type[Backend], settings: Mapping[str, Any], strict: bool) -> Any:
    known = {p.name for p in parameters(plugin.Config)}
    if not strict:
        settings = {name: value for name, value in settings.items() if name in known}
    return from_mapping(plugin.Config, settings)
