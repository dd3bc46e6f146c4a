"""Choose which features each sample of dropout drops in an exported network."""

from __future__ import annotations

import numpy as np

from reloc.training.seeds import generator

_MASKS = 3  # place of the generator that draws the masks


def dropout_masks(samples: int, features: int, share: float, seed: int) -> np.ndarray:
    """Return (S, F) factors: 0, or the compensation. Each feature is dropped in equally many samples.

    So the mean of all samples is exactly the answer without dropout; random masks would add a share of sigma.
    """
    dropped = min(round(share * samples), samples - 1)
    kept = np.ones((samples, features), np.float32)
    kept[:dropped] = 0.0
    kept = generator(seed, _MASKS).permuted(kept, axis=0)
    return kept * np.float32(samples / (samples - dropped))
