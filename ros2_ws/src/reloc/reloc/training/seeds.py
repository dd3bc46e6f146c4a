"""Randomness that belongs to a place (seed, step, rank) instead of to what was drawn before."""

from __future__ import annotations

import numpy as np
import torch


def generator(*place: int) -> np.random.Generator:
    """A generator for that place: the same numbers each time it is asked for, others at every other place."""
    return np.random.default_rng(np.random.SeedSequence(place))


def seed_torch(*place: int) -> None:
    """Set torch's global generators (dropout, initial weights) for that place."""
    state = np.random.SeedSequence(place).generate_state(2, np.uint64)
    torch.manual_seed(int(state[0]) >> 1)
