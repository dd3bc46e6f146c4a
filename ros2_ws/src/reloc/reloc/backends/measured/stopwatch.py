"""Time an open session: it runs on noise several times, and the fastest run counts, because other work only adds time.

Where others take the cores even from the fastest run, nothing is said: a time of a busy machine would be kept, and
decide for months.
"""

from __future__ import annotations

import time

import numpy as np

from reloc.backends.backend import Session

RUNS = 7  # timed ones, at most
ENOUGH_S = 0.12  # of timed runs; at least two are made
LEAST_SHARE = 0.9  # processor time of the fastest run over its duration: less means that it had to wait for a core
_LEAST_RUNS = 2


def milliseconds(session: Session) -> float | None:
    """Return the time of one run of each batch size, together; None if the machine is too busy to say.

    Inputs are zero afterwards.

    Raises:
        BackendError: the network does not run.
    """
    times = [_of(session, batch) for batch in session.batch_sizes]
    return None if None in times else sum(ms for ms in times if ms is not None)


def _of(session: Session, batch: int) -> float | None:
    random = np.random.default_rng(0)
    buffers = session.buffers(batch).values()
    for buffer in buffers:
        if buffer.dtype == np.uint8:
            buffer[...] = random.integers(0, 256, buffer.shape)
        elif buffer.dtype == np.float32:
            buffer[...] = random.random(buffer.shape)
        # What else there is counts or points to something: 0 is valid.
    try:
        session.run(batch)  # memory is allocated, kernels are chosen
        times: list[tuple[float, float]] = []
        while len(times) < RUNS and (len(times) < _LEAST_RUNS or sum(wall for wall, _ in times) < ENOUGH_S):
            worked, began = time.process_time(), time.perf_counter()
            session.run(batch)
            times.append((time.perf_counter() - began, time.process_time() - worked))
    finally:
        for buffer in buffers:
            buffer[...] = 0
    wall, work = min(times)
    return wall * 1e3 if work >= LEAST_SHARE * wall else None
