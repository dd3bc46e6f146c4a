"""Pass arrays to a session and get arrays: for tests, tools and calibration. Live code fills the buffers directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.backends.backend import Session
from reloc.errors import ModelInputError


def answer(session: Session, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the network's answer; inputs and outputs are copied.

    Args:
        inputs: by name; the first axis is the batch, of a size that the session was opened for.

    Raises:
        ModelInputError: names, shapes or types differ from the network's.
        BackendError: another batch size.
    """
    if not inputs:
        raise ModelInputError("No inputs were given", "Give the arrays that the model's model.json names")
    batch = len(next(iter(inputs.values())))
    buffers = session.buffers(batch)
    if set(inputs) != set(buffers):
        raise ModelInputError(
            f"The inputs are {sorted(inputs)}, but the network takes {sorted(buffers)}", "Give inputs with these names"
        )
    for name, buffer in buffers.items():
        given = np.asarray(inputs[name])
        if given.shape != buffer.shape or given.dtype != buffer.dtype:
            problem = f"{name} is {given.dtype} {given.shape}, but the network takes {buffer.dtype} {buffer.shape}"
            raise ModelInputError(problem, "Make images with reloc.preprocessing, in the size of the model's camera")
        buffer[...] = given
    return {name: array.copy() for name, array in session.run(batch).items()}
