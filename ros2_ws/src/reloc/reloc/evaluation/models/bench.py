"""Measure each backend's time for one image, beside plain torch in the same run.

Only the network is timed: its input lies in the session's buffer, its answer is read in place. Contenders take turns of
several runs, so that other load on the machine affects all of them. A turn's first runs do not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from reloc.backends.backend import Session
from reloc.backends.choice import open_session
from reloc.errors import RelocError
from reloc.evaluation.models.contenders import Contender, contenders
from reloc.models.model import Model

TURNS = 10
UNTIMED = 5  # runs at the start of a turn: caches and clocks still suit the former contender
PAUSE_S = 0.3  # between turns: torch's threads keep spinning for 0.2 s after their work
TORCH = Contender("torch", "float32")


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one contender."""

    contender: Contender
    device: str = ""
    p50_ms: float = float("nan")
    p99_ms: float = float("nan")
    runs: int = 0
    ratio: float | None = None  # plain torch's p50 divided by this one's
    inside_ms: float | None = None  # on a GPU: p50 with input and answer on the GPU
    launch_share: float | None = None  # the share of it that is launch overhead
    problem: str = ""  # why it could not run


def bench(
    model: Model,
    runs: int,
    backend: str = "auto",
    precision: str = "auto",
    torch: Callable[[], Any] | None = None,
    seed: int = 0,
) -> Iterator[Timing]:
    """Time all usable backends on noise, which takes as long as a picture.

    Args:
        runs: timed runs of each, over all turns.
        torch: one run of the plain torch network.
    """
    with ExitStack() as stack:
        sessions: dict[Contender, Session] = {}
        for contender in contenders(model, backend, precision):
            try:
                sessions[contender] = _ready(model, contender, seed)
            except RelocError as error:
                yield Timing(contender, problem=str(error))
                continue
            stack.callback(sessions[contender].close)
        turns: dict[Contender, Callable[[], Any]] = {c: partial(s.run, 1) for c, s in sessions.items()}
        if torch is not None:
            turns[TORCH] = torch
        times = _take_turns(turns, runs)
        base = float(np.median(times[TORCH])) if torch is not None else None
        for contender, session in sessions.items():
            yield _timing(contender, times[contender], session.device, base, session)
        if torch is not None:
            yield _timing(TORCH, times[TORCH], "CPU", base, None)


def _ready(model: Model, contender: Contender, seed: int) -> Session:
    """Return a session whose buffers hold noise."""
    session = open_session(model, contender.backend, contender.precision)
    rng = np.random.default_rng(seed)
    for buffer in session.buffers(1).values():
        buffer[...] = rng.integers(0, 256, buffer.shape)
    return session


def _timing(
    contender: Contender, times: list[float], device: str, base: float | None, session: Session | None
) -> Timing:
    p50, p99 = (float(v) for v in np.percentile(times, (50, 99)))
    # Only GPUs have an inside; see reloc.backends.tensorrt.timing.InputThere.
    inside = session.time_inside(1) if session is not None and hasattr(session, "time_inside") else None
    return Timing(
        contender,
        device,
        p50,
        p99,
        len(times),
        None if base is None else base / p50,
        inside.p50_ms if inside else None,
        inside.launch_share if inside else None,
    )


def _take_turns(contenders: dict[Contender, Callable[[], Any]], runs: int) -> dict[Contender, list[float]]:
    """Return the milliseconds of each run."""
    times: dict[Contender, list[float]] = {contender: [] for contender in contenders}
    turns = min(TURNS, runs)
    for turn in range(turns):
        count = runs * (turn + 1) // turns - runs * turn // turns
        for contender, run in contenders.items():
            time.sleep(PAUSE_S)
            for _ in range(UNTIMED):
                run()
            for _ in range(count):
                began = time.perf_counter()
                run()
                times[contender].append((time.perf_counter() - began) * 1e3)
    return times
