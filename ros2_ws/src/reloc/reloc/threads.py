"""Threads: whose they are, so that libraries do not fight over a robot's few cores.

OpenBLAS keeps its threads spinning for some milliseconds after every product, which slows OpenCV down by a
third on two cores. So matrix products here run on one thread each, and several at once in a pool of ours.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
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
    """From now on numpy's matrix products use one thread each, in the whole process."""
    threadpoolctl.threadpool_limits(limits=1, user_api="blas")


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parallel(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """``function`` of every item, in order, on all cores. For work that lets go of the interpreter's lock."""
    return list(_pool().map(function, items))
