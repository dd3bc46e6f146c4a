"""Prepare batches ahead of time on other threads, and return them in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import torch


class Prefetcher:
    """Iterate over (step, batch) for the steps ``first`` to ``end - 1``. An exception in ``make`` is raised here, too.

    Args:
        make: returns the batch of a step.
        ahead: number of batches that are prepared before they are needed.
        threads: number of batches that are prepared at the same time.
    """

    def __init__(
        self, make: Callable[[int], Any], first: int, end: int, *, ahead: int, threads: int = 1, pin: bool = False
    ) -> None:
        self._make, self._pin = make, pin
        self._next, self._end, self._ahead = first, end, ahead
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="batch")
        self._waiting: deque[tuple[int, Future[Any]]] = deque()

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        self._fill()
        while self._waiting:
            step, future = self._waiting.popleft()
            batch = future.result()
            self._fill()
            yield step, batch

    def close(self) -> None:
        """Stop preparing batches."""
        self._end = self._next
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _fill(self) -> None:
        while len(self._waiting) < self._ahead and self._next < self._end:
            self._waiting.append((self._next, self._pool.submit(self._ready, self._next)))
            self._next += 1

    def _ready(self, step: int) -> Any:
        batch = as_tensors(self._make(step))
        return _each(batch, lambda tensor: tensor.pin_memory()) if self._pin else batch


def as_tensors(batch: Any) -> Any:
    """Return a batch with tensors instead of arrays; both share their memory."""
    return _each(batch, lambda value: torch.from_numpy(value) if isinstance(value, np.ndarray) else value)


def to_device(batch: Any, device: torch.device) -> Any:
    """Return a batch on the device that computes."""
    return _each(batch, lambda tensor: tensor.to(device, non_blocking=True))


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _each(part, change) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_each(part, change) for part in value)
    return change(value) if isinstance(value, (torch.Tensor, np.ndarray)) else value
