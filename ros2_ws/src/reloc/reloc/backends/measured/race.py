"""Find the fastest way to run a network, and have it open: the first start measures, further ones know.

A start is held up by at most about a second for that, all networks of the process together. What could not be
measured by then waits for the next start, or for `reloc models compile`, which measures everything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from reloc.backends.backend import BF16, Log, Session
from reloc.backends.measured import times_file
from reloc.backends.measured.contenders import Way
from reloc.backends.measured.stopwatch import milliseconds
from reloc.backends.measured.times_file import TimedOn
from reloc.errors import BackendError, DependencyError, ModelInputError, RelocError, UnsupportedOperatorError
from reloc.models.model import FLOAT16, FLOAT32, INT8

ALLOWED_S = 1.0
ALIKE = 1.05  # of two ways whose times differ by less, the more exact one is taken
_EXACT = (FLOAT32, FLOAT16, BF16, INT8)  # the most exact first
Times = Mapping[str, float | None]


@dataclass(slots=True)
class Allowance:
    """Seconds that a process may spend on measuring."""

    left: float
    anew: bool = False  # measure also what was measured before
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, seconds: float) -> None:
        """Take them off."""
        with self.lock:
            self.left -= seconds


PROCESS = Allowance(ALLOWED_S)


def fastest(among: Sequence[Way], times: Times) -> Way | None:
    """Return the fastest that was measured; of those alike, the most exact.

    None where none was, or not the one that is expected to be fast: what is faster than that is then unknown.
    """
    if not among or among[0].key not in times:
        return None
    timed = [(way, ms) for way in among if (ms := times.get(way.key)) is not None]
    if not timed:
        return None
    limit = min(ms for _, ms in timed) * ALIKE
    return min((p for p in timed if p[1] <= limit), key=lambda p: (_rank(p[0]), p[1]))[0]


def open_fastest(
    among: Sequence[Way], on: TimedOn, name: str, open_way: Callable[[Way], Session], allowance: Allowance, log: Log
) -> tuple[Way, Session]:
    """Return the fastest way and its session, not yet warm.

    Args:
        among: in the order in which they are expected to be fast.
        name: of the model.
        open_way: opens a session.
        allowance: what may be spent besides opening what is returned.

    Raises:
        BackendError, ModelError, DependencyError: none of them runs, or the model is at fault.
    """
    race = _Race(name, open_way, log, {} if allowance.anew else times_file.known(on))
    try:
        best = race.run(among, allowance)
    except BaseException:
        race.close()
        raise
    if race.new:
        times_file.keep(on, name, race.new)
    return best


class _Race:
    """At most two sessions are open at a time: the best one so far, and one that is measured."""

    def __init__(self, name: str, open_way: Callable[[Way], Session], log: Log, times: dict[str, float | None]) -> None:
        self._name, self._open_way, self._log, self._times = name, open_way, log, times
        self._best: tuple[Way, Session] | None = None
        self._refused: RelocError | None = None
        self.new: dict[str, float | None] = {}

    def run(self, among: Sequence[Way], allowance: Allowance) -> tuple[Way, Session]:
        """Open what would be taken anyway, then measure the others while there is time."""
        for way in self._in_order(among):
            if self._best is None:
                self._try(way)
            elif way.key not in self._times and allowance.left > 0.0:
                began = time.perf_counter()
                self._try(way)
                allowance.spend(time.perf_counter() - began)
        winner = fastest(among, self._times)
        if self._best is not None and winner is not None and winner != self._best[0]:
            self._take(winner)  # known from before to be faster than what was measured now
        if self._best is None:
            raise self._refused or BackendError(f"Nothing here runs {self._name}", "See `reloc doctor`")
        return self._best

    def close(self) -> None:
        """Close what is open."""
        if self._best is not None:
            self._best[1].close()

    def _in_order(self, among: Sequence[Way]) -> list[Way]:
        first = fastest(among, self._times)
        runs = [way for way in among if way is not first and self._times.get(way.key, 0.0) is not None]
        return [*([first] if first else []), *runs]

    def _try(self, way: Way) -> None:
        """Open and time a way, and keep it if it is faster than the best one; without times, the best one stays."""
        session = self._opened(way)
        if session is None:
            return
        try:
            self._time(way, session)
        except BaseException:
            session.close()
            raise
        if self._best is None:
            self._best = way, session
        elif fastest([self._best[0], way], self._times) is way:
            self._best[1].close()
            self._best = way, session
        else:
            session.close()

    def _take(self, way: Way) -> None:
        session = self._opened(way)
        if session is not None:
            self.close()
            self._best = way, session

    def _opened(self, way: Way) -> Session | None:
        try:
            return self._open_way(way)
        except ModelInputError:
            raise  # the model's own fault
        except RelocError as error:
            if self._best is None and not isinstance(error, (BackendError, DependencyError)):
                raise
            self._log(f"{self._name}: {way} does not run: {error}")
            if isinstance(error, UnsupportedOperatorError):  # it will not run tomorrow either
                self._times[way.key] = self.new[way.key] = None
            self._refused = self._refused or error
            return None

    def _time(self, way: Way, session: Session) -> None:
        if way.key in self._times:
            return
        ms = milliseconds(session)
        if ms is None:
            self._log(f"{self._name}: this machine is too busy to time {way}")
        else:
            self._times[way.key] = self.new[way.key] = ms


def told(among: Sequence[Way], times: Times) -> str:
    """Return what is known of the times, for people; empty if nothing is."""
    if not any(way.key in times for way in among):
        return ""
    return "measured here: " + ", ".join(f"{way} {_words(way, times)}" for way in among)


def _words(way: Way, times: Times) -> str:
    if way.key not in times:
        return "not yet"
    ms = times[way.key]
    return "does not run" if ms is None else f"{ms:.1f} ms"


def _rank(way: Way) -> int:
    return _EXACT.index(way.precision) if way.precision in _EXACT else len(_EXACT)
