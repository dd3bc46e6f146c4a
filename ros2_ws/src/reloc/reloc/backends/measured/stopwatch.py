"""Time a session that is open: some runs on noise, of which the fastest counts, since others only ever add time."""

from __future__ import annotations

import time

import numpy as np

from reloc.backends.backend import Session

RUNS = 7  # timed ones, at most
ENOUGH_S = 0.12  # of timed runs; at least two are made
_LEAST_RUNS = 2


def milliseconds(session: Session) -> float:
    """Return the time of one run of each batch size, together. Inputs are zero afterwards.

    Raises:
        BackendError: the network does not run.
    """
    return sum(_of(session, batch) for batch in session.batch_sizes)


def _of(session: Session, batch: int) -> float:
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
        times: list[float] = []
        while len(times) < RUNS and (len(times) < _LEAST_RUNS or sum(times) < ENOUGH_S):
            began = time.perf_counter()
            session.run(batch)
            times.append(time.perf_counter() - began)
    finally:
        for buffer in buffers:
            buffer[...] = 0
    return min(times) * 1e3
