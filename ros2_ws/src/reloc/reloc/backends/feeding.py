"""Give a session arrays and get arrays: for tests, tools and calibration. Who has frames fills the buffers himself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.backends.backend import Session
from reloc.errors import ModelInputError


def answer(session: Session, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """What the network answers; both ways copied.

    Args:
        inputs: by name; the first axis is the batch, of a size that the session was opened for.

    Raises:
        ModelInputError: other names, shapes or types than the network takes.
        BackendError: another batch size.
    """
    if not inputs:
        raise ModelInputError("No inputs were given", "Give the arrays that the model's model.json names")
    batch = len(next(iter(inputs.values())))
    buffers = session.buffers(batch)
    if set(inputs) != set(buffers):
        raise ModelInputError(f"The inputs are {sorted(inputs)}, the network takes {sorted(buffers)}", "Name them so")
    for name, buffer in buffers.items():
        given = np.asarray(inputs[name])
        if given.shape != buffer.shape or given.dtype != buffer.dtype:
            problem = f"{name} is {given.dtype} {given.shape}, the network takes {buffer.dtype} {buffer.shape}"
            raise ModelInputError(problem, "Images come from reloc.preprocessing, in the size of the model's camera")
        buffer[...] = given
    return {name: array.copy() for name, array in session.run(batch).items()}
