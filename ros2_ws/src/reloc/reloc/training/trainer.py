"""The training loop: steps, log entries, validations, checkpoints, until it is done or told to stop.

A step depends only on (seed, step, process) and on the weights before it. So interrupted training continues with the
weights and the step of its checkpoint, and ends with the same weights as without interruption.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from reloc.errors import CheckpointError, DivergedError
from reloc.training import checkpoint
from reloc.training.config import TrainConfig
from reloc.training.distributed import TrainingProcesses
from reloc.training.early_stopping import EarlyStopping
from reloc.training.learner import Learner
from reloc.training.listener import Listener
from reloc.training.logs import HELD_OUT_CURVE, TRAIN, Log
from reloc.training.prefetch import Prefetcher
from reloc.training.run import TrainingRun
from reloc.training.signals import StopRequest
from reloc.training.task import Task

FINISHED, EARLY, TRAINING_INTERRUPTED = "finished", "stopped early", "interrupted"
GPU_AGREES_EVERY = 10  # steps; reading a number from a GPU makes it wait
_CALMER = "Lower the learning rate, or limit the gradients (--clip-norm 1); `reloc train --resume` begins before it"


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """The end of a training."""

    state: str  # FINISHED, EARLY or TRAINING_INTERRUPTED
    steps: int
    seconds: float  # duration of the training, over all its parts
    best_score: float  # inf without a validation
    best_step: int


class Trainer:
    """Train a task in the folder of a run. Every process has a trainer."""

    def __init__(
        self,
        task: Task,
        run: TrainingRun,
        config: TrainConfig,
        world: TrainingProcesses | None = None,
        listener: Listener | None = None,
    ) -> None:
        self.task, self.run, self.config = task, run, config
        self.world = world or TrainingProcesses()
        self.listener = listener if listener is not None and self.world.writes else Listener()
        self.learner = Learner(task, config, self.world)
        self.stopping = EarlyStopping(config.patience)
        self.done = 0  # steps
        self._seconds_before = 0.0
        self._started = self._saved = time.monotonic()
        self._sums: dict[str, Tensor] = {}
        self._summed = 0
        self._bad = torch.full((), torch.inf, device=self.world.device)  # first step with a loss that is not finite
        self._latest: dict[str, float] = {}

    @property
    def seconds(self) -> float:
        """Seconds of training so far, with the parts before an interruption."""
        return self._seconds_before + time.monotonic() - self._started

    def resume(self) -> None:
        """Load the last readable checkpoint. Without any, start at the beginning.

        Raises:
            CheckpointError: there are checkpoints, but none is readable or matches the task.
        """
        folder = self.run.checkpoints
        if not any((folder / name).exists() for name in (checkpoint.LAST, checkpoint.PREVIOUS)):
            return
        content, note = checkpoint.load_latest(folder)
        if note:
            self.listener.say(note)
        if content["task"] != self.task.name:
            problem = f"The checkpoint in {folder} is of {content['task']!r}, not of {self.task.name!r}"
            raise CheckpointError(problem, "Give the folder of a run of this task")
        self.task.load_state(content["task_state"])
        self.learner.load(content)
        self.stopping.load(content["stopping"])
        self.done, self._seconds_before = content["step"], content["seconds"]

    def train(self) -> TrainingOutcome:
        """Train to the end, or until interrupted.

        Raises:
            DivergedError: the loss or the score is not a number. The last checkpoint was written before that.
        """
        self._started = self._saved = time.monotonic()
        with StopRequest() as stop:
            if not self.world.writes:
                return self._loop(stop, None)
            with Log(self.run.log, self.run.tensorboard, self.done) as log:
                if not log.has_tensorboard:
                    self.listener.say("No logs for TensorBoard: it is not installed (pip install tensorboard)")
                return self._loop(stop, log)

    def draw(self) -> None:
        """Write the task's pictures for the best weights, or for the present ones if nothing was validated."""
        network, best = self.learner.judged, self.run.checkpoints / checkpoint.BEST
        if best.exists():
            network.load_state_dict(checkpoint.load(best)["network"])
        with torch.no_grad():
            drawn = self.task.pictures(network, self.run.pictures)
        named = [{"caption": caption, "file": str(file.relative_to(self.run.folder))} for caption, file in drawn]
        self.run.note(pictures=named)

    def _loop(self, stop: StopRequest, log: Log | None) -> TrainingOutcome:
        rank, size = self.world.rank, self.world.size
        batches = Prefetcher(
            lambda step: self.task.batch(step, rank, size),
            self.done, self.task.steps, ahead=self.config.prefetch, threads=self.config.loaders,
            pin=self.world.device.type == "cuda",
        )  # fmt: skip
        begin = self.done
        state = EARLY if self.stopping.exhausted and begin < self.task.steps else FINISHED
        try:
            for step, batch in batches if state is FINISHED else ():
                self._collect(step, self.learner.step(step, batch))
                self.done = step + 1
                if self.done % self.config.log_steps == 0:
                    self._log(log)
                self.listener.step(self.done, self.task.steps, self._latest)
                state = self._pause(stop, log)
                if state is not FINISHED:
                    break
        finally:
            batches.close()
        if self.done > begin:
            self._save()
        return TrainingOutcome(state, self.done, self.seconds, self.stopping.best, self.stopping.best_step)

    def _pause(self, stop: StopRequest, log: Log | None) -> str:
        """Check, validate, save and stop between two steps, each if it is due. Return the final state if training ends.

        All processes pause at the same steps, because they must agree. A validation that is due runs before a requested
        stop, because it would be missing after training continues.
        """
        last, due = self.done == self.task.steps, self.done % self.config.validate_steps == 0
        every = GPU_AGREES_EVERY if self.world.device.type == "cuda" else 1
        if not (last or due or self.done % every == 0):
            return FINISHED
        requested, bad = self.world.largest([float(stop.requested), -float(self._bad)])
        if not math.isinf(bad):
            raise DivergedError(f"The loss is no longer a number at step {int(-bad)}", _CALMER)
        if last or due:
            self._validate(log)
        if last:
            return FINISHED
        if self.stopping.exhausted or requested:
            return EARLY if self.stopping.exhausted else TRAINING_INTERRUPTED
        if time.monotonic() - self._saved > self.config.checkpoint_s:
            self._save()
        return FINISHED

    def _collect(self, step: int, figures: dict[str, Tensor]) -> None:
        """Add the figures of one step to the mean in the next log entry. This never waits for a GPU."""
        here = torch.full_like(self._bad, step)
        self._bad = torch.minimum(self._bad, torch.where(torch.isfinite(figures["loss"]), torch.inf, here))
        for name, value in figures.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value.clone()
        self._summed += 1

    def _log(self, log: Log | None) -> None:
        means = self.world.mean([float(total) / self._summed for total in self._sums.values()])
        self._latest = {**dict(zip(self._sums, means, strict=True)), "rate": self.learner.rate}
        self._sums, self._summed = {}, 0
        if log is not None:
            log.add(TRAIN, self.done, self.seconds, self._latest)

    def _validate(self, log: Log | None) -> None:
        """Validate in process 0, and tell all processes whether to continue."""
        figures = [0.0, 0.0, 0.0]
        if log is not None:
            with torch.no_grad():
                scores = self.task.validate(self.learner.judged)
            log.add(HELD_OUT_CURVE, self.done, self.seconds, scores)
            best = self.stopping.update(scores["score"], self.done)
            words = "  ".join(f"{name} {value:.4g}" for name, value in scores.items())
            self.listener.say(f"step {self.done:>6}  {words}{'  (best so far)' if best else ''}")
            if best:
                self._save_best(scores)
            figures = [self.stopping.best, float(self.stopping.best_step), float(self.stopping.worse)]
            if not math.isfinite(scores["score"]):
                figures[0] = math.nan
        best_score, best_step, worse = self.world.from_first(figures)
        if math.isnan(best_score):
            raise DivergedError(f"The score is no number after {self.done} steps", _CALMER)
        self.stopping.load({"best": best_score, "best_step": int(best_step), "worse": int(worse)})

    def _save(self) -> None:
        if self.world.writes:
            if not self.learner.finite:  # the next step's loss would show it, after this checkpoint was written
                raise DivergedError(f"Weights are no longer numbers after {self.done} steps", _CALMER)
            content = {**self._about(), **self.learner.state(), "stopping": self.stopping.state()}
            folder = self.run.checkpoints
            checkpoint.save(folder / checkpoint.LAST, content, keep=folder / checkpoint.PREVIOUS)
            self.run.note(steps=self.done, seconds=round(self.seconds, 1))
        self._saved = time.monotonic()

    def _save_best(self, scores: dict[str, float]) -> None:
        weights = self.learner.judged.state_dict()
        checkpoint.save(self.run.checkpoints / checkpoint.BEST, {**self._about(), "network": weights, "scores": scores})
        self.run.note(best={"step": self.done, **scores}, steps=self.done, seconds=round(self.seconds, 1))

    def _about(self) -> dict[str, Any]:
        state = self.task.state()
        return {"task": self.task.name, "task_state": state, "step": self.done, "seconds": self.seconds}
