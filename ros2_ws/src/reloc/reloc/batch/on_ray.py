"""Run items on Ray: on the cores of this machine, or on a cluster."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

from reloc.batch.items import WorkItem
from reloc.batch.sequential import failed
from reloc.batch.work import BatchPlace, ItemKilledError, ItemResult, do
from reloc.errors import ConfigError, DependencyError, RelocError

_STORE = 100 << 20  # bytes that Ray keeps for results; ours are a few hundred bytes each
_PATIENCE = 5.0  # seconds; Ray itself waits for minutes
_FIX = "Start a cluster with `ray start --head`, and give its address, for example --ray 10.0.0.5:6379"


def is_installed() -> bool:
    """Return whether Ray is there."""
    return importlib.util.find_spec("ray") is not None


def run(
    items: Sequence[WorkItem],
    place: BatchPlace,
    retries: int,
    report: Callable[[ItemResult], None],
    workers: int,
    address: str | None = None,
) -> None:
    """Do every item; ``report`` gets each as it ends.

    An item is tried ``retries`` times more if its worker, its machine or its process dies.

    Args:
        workers: items that run at once on this machine; a cluster runs as many as it has cores for.
        address: of a running cluster; None starts Ray on this machine, and ends it afterwards.

    Raises:
        DependencyError: Ray is not installed.
        ConfigError: there is no cluster at ``address``.
    """
    if not is_installed():
        raise DependencyError(
            "Ray is not installed", "pip install 'reloc-localization[ray]', or --workers 1 runs without it"
        )
    if address is not None:
        _check_reachable(address)
    import ray

    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address is None:
            os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's 15 would let all other programs go first
            local = {"num_cpus": workers * place.threads, "object_store_memory": _STORE, "include_dashboard": False}
            ray.init(address="local", **local, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as error:
        words = (str(error) or type(error).__name__).splitlines()[0]
        raise ConfigError(f"Ray at {address or 'this machine'} cannot be used: {words}", _FIX) from error
    try:
        task = ray.remote(num_cpus=place.threads, max_retries=retries, retry_exceptions=[ItemKilledError])(do)
        waiting = {task.remote(item, place): item for item in items}
        while waiting:
            for reference in ray.wait(list(waiting), num_returns=1)[0]:
                report(_result(reference, waiting.pop(reference), retries))
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    host, colon, port = address.rpartition(":")
    if address == "auto":
        return
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ConfigError(f"--ray {address} is no address of a host and a port", _FIX)
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except OSError as error:
        raise ConfigError(f"Ray at {address} cannot be reached: {error.strerror or error}", _FIX) from error


def _result(reference: Any, item: WorkItem, retries: int) -> ItemResult:
    import ray

    try:
        done: ItemResult = ray.get(reference)
        return done
    except ItemKilledError as error:  # Ray raises a class that is both, RayTaskError and the cause's
        return failed(item, _cause(error), retries + 1)
    except RelocError as error:
        return failed(item, _cause(error), 1)
    except ray.exceptions.RayError as error:
        return failed(item, f"its worker died: {_cause(error)}", retries + 1)


def _cause(error: BaseException) -> str:
    """Return the message of the cause, not Ray's traceback."""
    return str(getattr(error, "cause", error) or error).strip().splitlines()[-1]
