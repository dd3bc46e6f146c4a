"""Isotonic regression by pooling adjacent violators; SciPy has it from 1.12 on, Ubuntu 24.04 has SciPy 1.11."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64


def rising_blocks(values: Float64, weights: Float64) -> NDArray[np.intp]:
    """Return the index at which each block of the non-decreasing fit begins.

    Args:
        values: (N,) to be fitted.
        weights: (N,) above 0.
    """
    blocks: list[tuple[int, float, float]] = []  # begin, mean, weight
    for index, (value, weight) in enumerate(zip(values.tolist(), weights.tolist(), strict=True)):
        begin, mean, total = index, value, weight
        while blocks and blocks[-1][1] >= mean:
            begin, before, weight_before = blocks.pop()
            mean = (before * weight_before + mean * total) / (weight_before + total)
            total += weight_before
        blocks.append((begin, mean, total))
    return np.array([begin for begin, _, _ in blocks], dtype=np.intp)
