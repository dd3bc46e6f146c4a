"""Seed random generators by a tuple of numbers, for example (seed, step, rank), so that no earlier draw matters."""

from __future__ import annotations

import numpy as np
import torch


def generator(*place: int) -> np.random.Generator:
    """Return a generator that always draws the same numbers for the same ``place``, and other numbers for another
    one.
    """
    return np.random.default_rng(np.random.SeedSequence(place))


def seed_torch(*place: int) -> None:
    """Seed torch's global generators (dropout, initial weights) by ``place``."""
    state = np.random.SeedSequence(place).generate_state(2, np.uint64)
    torch.manual_seed(int(state[0]) >> 1)
