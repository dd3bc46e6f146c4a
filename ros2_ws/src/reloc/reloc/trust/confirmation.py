"""Count looks that agree with one another, and decide how many are needed.

A look that is right with probability p is wrong with 1 - p. If the errors of n looks were independent, all n would be
wrong with (1 - p)^n. Then the least n with (1 - p)^n <= max_false_accept_rate would be enough. They are not
independent: looks at one place share the map's errors and the room's look-alikes, so the true rate is higher.

Therefore looks of one view count once (:mod:`reloc.trust.independence`), and looks must agree along odometry. A look
that is hardly better than a coin is refused before. No stated certainty is higher than ``max_false_accept_rate``
requires. The number of looks has a bound, ``looks_most``, so that a robot with modest calibrated probabilities (a small
map has few samples) can still localize. There, the rate is what the bound gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, prod

from reloc.trust.agreement import Sighting, agree
from reloc.trust.fusion import fuse
from reloc.trust.gate_config import GateConfig
from reloc.trust.independence import is_new_evidence

_SUREST = 1e-12  # the highest probability of being right that is used


def looks_needed(probability: float | None, config: GateConfig) -> int:
    """Return how many looks of this probability are needed, 1 to ``looks_most``; ``looks`` if it is None."""
    if probability is None:
        return config.looks
    doubt = max(1.0 - probability, _SUREST)
    if doubt >= 1.0:
        return config.looks_most
    needed = ceil(log(config.max_false_accept_rate) / log(doubt) - 1e-9)
    return min(max(needed, 1), config.looks_most)


def bounded(certainty: float, config: GateConfig) -> float:
    """Return a certainty, limited to what the rate requires, because looks are not independent."""
    return min(certainty, 1.0 - config.max_false_accept_rate)


@dataclass(frozen=True, slots=True, eq=False)
class _Counted:
    look: Sighting
    probability: float | None
    share: float  # share of the confirmation: 1 / number of needed looks


class Confirmation:
    """The looks that agree with one another, but are not accepted yet."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self.clear()

    def __len__(self) -> int:
        """Number of looks that count."""
        return len(self._counted)

    @property
    def missing(self) -> int:
        """Return how many more looks like the last are needed. Looks of several probabilities add up."""
        if not self._counted:
            return self._config.looks
        share = sum(counted.share for counted in self._counted)
        return max(0, ceil((1.0 - share) / self._counted[-1].share - 1e-9))

    @property
    def estimate(self) -> Sighting | None:
        """Return all looks, fused."""
        return self._estimate

    @property
    def certainty(self) -> float | None:
        """Return the probability (0 to below 1) that their place is right; None if no probability was known.

        A look without a known probability adds nothing.
        """
        doubts = [1.0 - counted.probability for counted in self._counted if counted.probability is not None]
        return bounded(1.0 - prod(doubts), self._config) if doubts else None

    def use(self, config: GateConfig) -> None:
        """Use these parameters from now on; what was counted stays."""
        self._config = config

    def clear(self) -> None:
        """Start again without looks."""
        self._counted: list[_Counted] = []
        self._newest: Sighting | None = None
        self._estimate: Sighting | None = None

    def forget_before(self, oldest_ns: int) -> None:
        """Drop looks older than this."""
        self._counted = [counted for counted in self._counted if counted.look.stamp_ns >= oldest_ns]
        if not self._counted:
            self.clear()

    def add(self, look: Sighting, probability: float | None, by_odometry: bool) -> bool:
        """Add a look; start again if it contradicts the others. Return whether it counts beside them."""
        config = self._config
        counted = _Counted(look, probability, 1.0 / looks_needed(probability, config))
        if not self._agrees(look, by_odometry):
            self._counted, self._newest, self._estimate = [counted], look, look
            return True
        assert self._estimate is not None  # exists if there are looks to agree with
        last = self._counted[-1]
        new = is_new_evidence(last.look, look, config, by_odometry)
        self._estimate = fuse(self._estimate, look, config, by_odometry, repeats=not new)
        self._newest = look
        if new:
            self._counted.append(counted)
        elif counted.share > last.share:  # the best look of a view counts
            self._counted[-1] = _Counted(last.look, probability, counted.share)
        return new

    def _agrees(self, look: Sighting, by_odometry: bool) -> bool:
        """Compare with the newest look and the last that counts: small errors may add up, jumps may not."""
        if self._newest is None or not self._counted:
            return False
        others = (self._newest, self._counted[-1].look)
        return all(agree(other, look, self._config, by_odometry) for other in others)
