"""Train the network one step at a time, and keep all state needed to continue."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from reloc.errors import CheckpointError
from reloc.training import arithmetic, distributed
from reloc.training.config import TrainConfig
from reloc.training.distributed import TrainingProcesses
from reloc.training.ema import MovingAverage
from reloc.training.prefetch import to_device
from reloc.training.seeds import seed_torch
from reloc.training.task import Task
from reloc.training.unwrap import unwrap

_INITIAL, _STEP = 0, 1  # purposes for which torch's generators are seeded


class Learner:
    """Network, optimizer and moving average of a task in one process."""

    def __init__(self, task: Task, config: TrainConfig, world: TrainingProcesses) -> None:
        self._task, self._config, self._world = task, config, world
        self._autocast = arithmetic.choose(config.arithmetic, world.device)
        seed_torch(task.seed, _INITIAL)
        network = task.network().to(world.device)
        if config.channels_last:
            network = network.to(memory_format=torch.channels_last)
        self._wrapped = distributed.wrap(network, world)
        self.network = unwrap(self._wrapped)
        self._optimizer = task.optimizer(self.network)
        self._base_rates = [float(group["lr"]) for group in self._optimizer.param_groups]
        self._average = MovingAverage(self.network, config.ema) if config.ema else None

    @property
    def arithmetic(self) -> str:
        """Precision of the network."""
        return str(self._autocast or torch.float32).removeprefix("torch.")

    def step(self, step: int, batch: Any) -> dict[str, Tensor]:
        """Learn from one batch. Return the task's losses, detached, and ``gradient_norm`` if that is limited."""
        self._wrapped.train()
        seed_torch(self._task.seed, _STEP, step, self._world.rank)
        factor = self._task.rate(step)
        for group, base in zip(self._optimizer.param_groups, self._base_rates, strict=True):
            group["lr"] = base * factor
        batch = to_device(batch, self._world.device)
        self._optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self._world.device.type, self._autocast, enabled=self._autocast is not None):
            losses = self._task.loss(self._wrapped, batch)
        losses["loss"].backward()
        figures = {name: value.detach().float() for name, value in losses.items()}
        if self._config.clip_norm:
            norm = nn.utils.clip_grad_norm_(self.network.parameters(), self._config.clip_norm)
            figures["gradient_norm"] = norm.detach()
        self._optimizer.step()
        if self._average is not None:
            self._average.update(self.network, step)
        return figures

    @property
    def rate(self) -> float:
        """Learning rate of the last step (of the first group of parameters)."""
        return float(self._optimizer.param_groups[0]["lr"])

    @property
    def judged(self) -> nn.Module:
        """Network for validation and export, in eval mode: the moving average if there is one."""
        return (self.network if self._average is None else self._average.network).eval()

    @property
    def finite(self) -> bool:
        """Return whether all weights are finite."""
        return all(bool(torch.isfinite(p).all()) for p in self.network.parameters())

    def state(self) -> dict[str, Any]:
        """Return the state for the checkpoint; it refers to the live tensors."""
        average = None if self._average is None else self._average.network.state_dict()
        return {"network": self.network.state_dict(), "average": average, "optimizer": self._optimizer.state_dict()}

    def load(self, state: dict[str, Any]) -> None:
        """Restore the value of :meth:`state`.

        Raises:
            CheckpointError: the weights are of another network.
        """
        try:
            self.network.load_state_dict(state["network"])
            self._optimizer.load_state_dict(state["optimizer"])
            if self._average is not None:
                self._average.network.load_state_dict(state["average"] or state["network"])
        except CheckpointError:
            raise
        except Exception as error:  # torch raises about ten kinds of errors on a state of another form
            why = " ".join(str(error).split())[:300]
            raise CheckpointError(
                f"The checkpoint does not match the network of {self._task.name}: {why}",
                "Train again with another --out: the network has changed since",
            ) from error
