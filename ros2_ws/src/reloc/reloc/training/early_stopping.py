"""Stop training when the validation score no longer improves."""

from __future__ import annotations

import math
from typing import Any

from reloc.errors import CheckpointError
from reloc.parsing.blame import shown


class EarlyStopping:
    """Remember the best score; lower is better."""

    def __init__(self, patience: int) -> None:
        """Create it. ``patience``: validations without a better score until :attr:`exhausted`; 0: never."""
        self._patience = patience
        self.best = math.inf
        self.best_step = 0
        self.worse = 0  # validations since the best one

    def update(self, score: float, step: int) -> bool:
        """Take a score; return whether it is the best so far."""
        if score < self.best:
            self.best, self.best_step, self.worse = score, step, 0
            return True
        self.worse += 1
        return False

    @property
    def exhausted(self) -> bool:
        """Whether it is time to stop."""
        return 0 < self._patience <= self.worse

    def state(self) -> dict[str, Any]:
        """Return the state for the checkpoint."""
        return {"best": self.best, "best_step": self.best_step, "worse": self.worse}

    def load(self, state: dict[str, Any]) -> None:
        """Restore the value of :meth:`state`.

        Raises:
            CheckpointError: it is not such a value.
        """
        try:
            best, best_step, worse = float(state["best"]), int(state["best_step"]), int(state["worse"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            problem = f"The checkpoint's scores are no numbers: {shown(state)}"
            raise CheckpointError(problem, "Train again with another --out") from error
        self.best, self.best_step, self.worse = best, best_step, worse
