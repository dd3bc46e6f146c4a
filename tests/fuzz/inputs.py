"""The stream of inputs of one target: first the seeds as they are, then mutations; the same for the same seed."""

from __future__ import annotations

from random import Random

from fuzz.judge import Verdict
from fuzz.target import Target

MOST_KEPT = 500


class Inputs:
    """Input number n depends on the seed, on n, and on which earlier inputs went a new way through the reader."""

    def __init__(self, target: Target, seed: int) -> None:
        self._target, self._seed = target, seed
        self._pool = list(target.seeds())
        self.seeds = len(self._pool)
        self._trails: set[tuple[object, ...]] = set()

    def of(self, number: int) -> bytes:
        """Input ``number``, from 0."""
        if number < self.seeds:
            return self._pool[number]
        random = Random(f"{self._seed} {self._target.name} {number}")
        # Half of the time a seed: what went a new way is mostly refused early.
        chosen = self._pool[random.randrange(self.seeds if random.random() < 0.5 else len(self._pool))]
        return self._target.mutate(chosen, self._pool, random)

    def learn(self, data: bytes, verdict: Verdict) -> None:
        """Keep an input that was refused at a line, or by a way, that no other was."""
        if verdict.result != "refused" or verdict.trail in self._trails or len(data) > 1 << 18:
            return
        self._trails.add(verdict.trail)
        if len(self._pool) < self.seeds + MOST_KEPT:
            self._pool.append(data)
