"""Train in one process or several: identify this one, choose its device, and exchange values.

``torchrun`` starts the processes and numbers them in the environment. They talk by gloo on CPUs and by nccl on GPUs,
one GPU per process. Only process 0 writes files.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn, TypeVar

import torch
import torch.distributed as dist
from torch import nn

from reloc.errors import TrainingError
from reloc.parsing import numbers
from reloc.parsing.blame import Blame
from reloc.threads import usable_cores

T = TypeVar("T")
_MOST_PROCESSES = 1 << 16
_BY_TORCHRUN = "Start with torchrun, which sets RANK, WORLD_SIZE and the like, or unset them"
TIMEOUT = timedelta(hours=2)  # the others wait while process 0 decodes a map's images or validates


@dataclass(frozen=True, slots=True)
class TrainingProcesses:
    """The processes that train together, seen from one of them."""

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def writes(self) -> bool:
        """Whether this process writes files and prints."""
        return self.rank == 0

    def first(self, make: Callable[[], T]) -> T:
        """Call ``make()`` in process 0, and then in the others."""
        if self.writes:
            made = make()
            self.wait()
            return made
        self.wait()
        return make()

    def wait(self) -> None:
        """Wait until all processes have called this."""
        if self.size > 1:
            dist.barrier()

    def largest(self, values: Sequence[float]) -> list[float]:
        """Return for each value the largest of all processes. All must call it."""
        return self._reduced(values, "max") if self.size > 1 else list(values)

    def mean(self, values: Sequence[float]) -> list[float]:
        """Return for each value the mean over the processes. All must call it."""
        return [v / self.size for v in self._reduced(values, "sum")] if self.size > 1 else list(values)

    def from_first(self, values: Sequence[float]) -> list[float]:
        """Return the values of process 0. All processes must call it with the same number of values."""
        return self._reduced(values if self.writes else [0.0] * len(values), "sum") if self.size > 1 else list(values)

    def _reduced(self, values: Sequence[float], how: str) -> list[float]:
        tensor = torch.tensor(list(values), dtype=torch.float64, device=self.device)
        dist.all_reduce(tensor, dist.ReduceOp.MAX if how == "max" else dist.ReduceOp.SUM)
        return [float(v) for v in tensor.tolist()]


@contextmanager
def world(device: str = "auto", threads: int = 0) -> Iterator[TrainingProcesses]:
    """Return this process's place in torchrun's world, or a world of its own.

    Args:
        device: "auto", "cpu" or "cuda".
        threads: number of torch's threads in this process; 0 shares all cores among the processes of this machine.

    Raises:
        TrainingError: a GPU is requested but there is none, or there are fewer than processes; or what torchrun sets in
            the environment is not what it sets.
    """
    size, here = _told("WORLD_SIZE", 1, low=1), _told("LOCAL_WORLD_SIZE", 1, low=1)
    rank, local = _told("RANK", 0), _told("LOCAL_RANK", 0)
    chosen = _device(device, local, here)
    torch.set_num_threads(threads or max(1, usable_cores() // here))
    if size == 1:
        yield TrainingProcesses(device=chosen)
        return
    try:
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo", timeout=TIMEOUT)
    except (ValueError, RuntimeError) as error:
        problem = f"This process cannot join the {size} processes of WORLD_SIZE: {str(error)[:200]}"
        raise TrainingError(problem, _BY_TORCHRUN) from error
    try:
        yield TrainingProcesses(rank, size, chosen)
    finally:
        dist.destroy_process_group()


def _told(name: str, default: int, low: int = 0) -> int:
    blame = Blame(f"The environment variable {name}", TrainingError, _BY_TORCHRUN)
    return numbers.whole(os.environ.get(name, str(default)), blame, low, _MOST_PROCESSES)


def leave(code: int) -> NoReturn:
    """End a process that torchrun started, after all its work is closed.

    It bypasses the interpreter's own exit, which kills threads of torch and gloo in C++ code while they wait for the
    lock. Sometimes the process then aborted after its last step ("terminate called without an active exception"), and
    torchrun reported a failed training.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def wrap(network: nn.Module, world: TrainingProcesses) -> nn.Module:
    """Return the network for the loss: with several processes, gradients are averaged over them.

    On GPUs batch normalization then uses the batches of all processes. On CPUs torch cannot, and each process uses its
    own.
    """
    if world.size == 1:
        return network
    if world.device.type == "cuda":
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    devices = [world.device.index] if world.device.type == "cuda" else None
    return nn.parallel.DistributedDataParallel(network, device_ids=devices)


def _device(wanted: str, local: int, here: int) -> torch.device:
    gpus = torch.cuda.device_count() if wanted != "cpu" and torch.cuda.is_available() else 0
    if wanted == "cuda" and gpus == 0:
        raise TrainingError(
            "--device cuda: torch finds no GPU here", "Install a build of torch for CUDA, or pass --device cpu"
        )
    if gpus == 0:
        return torch.device("cpu")
    if here > gpus:
        raise TrainingError(
            f"{here} processes share {gpus} GPUs", f"Use torchrun --nproc-per-node {gpus}, or --device cpu"
        )
    torch.cuda.set_device(local)
    return torch.device("cuda", local)
