"""Limit threads, so that libraries do not compete for a robot's few cores.

OpenBLAS keeps its threads spinning for some milliseconds after every product. On two cores that slows OpenCV down by a
third. So each matrix product runs on one thread here, and several products run at once in a pool of reloc.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import threadpoolctl

T = TypeVar("T")
R = TypeVar("R")


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="reloc")


@functools.cache
def use_single_threaded_products() -> None:
    """Let numpy's matrix products use one thread each from now on, in the whole process."""
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parallel(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return ``function`` of every item, in order, on all cores; for work that releases the interpreter's lock."""
    return list(_pool().map(function, items))


def in_groups(items: Sequence[T]) -> list[Sequence[T]]:
    """Return the items in order, in as many groups as this process may use cores, none of them empty."""
    size = -(-len(items) // usable_cores()) or 1
    return [items[start : start + size] for start in range(0, len(items), size)]
