"""Which features each sample of dropout leaves out, once a network is exported."""

from __future__ import annotations

import numpy as np

from reloc.training.seeds import generator

_MASKS = 3  # place of the generator that draws the masks


def dropout_masks(samples: int, features: int, share: float, seed: int) -> np.ndarray:
    """(S, F) factors, 0 or what makes up for it. Each feature is dropped in as many samples as any other.

    So the mean of all samples is the answer without dropout, exactly; drawn freely it would err by a share of sigma.
    """
    dropped = min(round(share * samples), samples - 1)
    kept = np.ones((samples, features), np.float32)
    kept[:dropped] = 0.0
    kept = generator(seed, _MASKS).permuted(kept, axis=0)
    return kept * np.float32(samples / (samples - dropped))
