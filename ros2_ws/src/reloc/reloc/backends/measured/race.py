"""Find the fastest way to run a network, and have it open: the first start measures, further ones know.

A start is held up by at most about a second for that, all networks of the process together. What could not be
measured by then waits for the next start, or for `reloc models compile`, which measures everything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

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
    times = {} if allowance.anew else times_file.known(on)
    new: dict[str, float | None] = {}
    best: tuple[Way, Session] | None = None
    refused: RelocError | None = None
    try:
        # The one that would be taken anyway comes first: opening it costs nothing extra.
        for way in _in_order(among, times):
            began, needed = time.perf_counter(), best is None
            if not needed and (way.key in times or allowance.left <= 0.0):
                continue
            try:
                session = open_way(way)
            except ModelInputError:
                raise  # the model's own fault
            except RelocError as error:
                if needed and not isinstance(error, (BackendError, DependencyError)):
                    raise
                log(f"{name}: {way} does not run: {error}")
                if isinstance(error, UnsupportedOperatorError):  # it will not run tomorrow either
                    times[way.key] = new[way.key] = None
                refused = refused or error
                continue
            best = _better(
                best, (way, session), times, new, partial(log, f"{name}: this machine is too busy to time {way}")
            )
            if not needed:
                allowance.spend(time.perf_counter() - began)
    except BaseException:
        if best is not None:
            best[1].close()
        raise
    if new:
        times_file.keep(on, name, new)
    if best is None:
        raise refused or BackendError(f"Nothing here runs {name}", "See `reloc doctor`")
    return best


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


def _in_order(among: Sequence[Way], times: Times) -> list[Way]:
    first = fastest(among, times)
    runs = [way for way in among if way is not first and times.get(way.key, 0.0) is not None]
    return [*([first] if first else []), *runs]


def _better(
    best: tuple[Way, Session] | None,
    other: tuple[Way, Session],
    times: dict[str, float | None],
    new: dict[str, float | None],
    too_busy: Callable[[], None],
) -> tuple[Way, Session]:
    """Time the other, close the slower of both, and return the faster; without times, the first."""
    way, session = other
    if way.key not in times:
        try:
            ms = milliseconds(session)
        except BaseException:
            session.close()
            raise
        if ms is None:
            too_busy()
        else:
            times[way.key] = new[way.key] = ms
    if best is None:
        return other
    faster = fastest([best[0], way], times) is way
    (best[1] if faster else session).close()
    return other if faster else best


def _rank(way: Way) -> int:
    return _EXACT.index(way.precision) if way.precision in _EXACT else len(_EXACT)
