"""Choose how a map is searched by its size.

1. Exact search reads every number of every descriptor. Up to :data:`EXACT_NUMBERS` it is the fastest and the best.
2. Above, candidates are found in two steps by signs, and compared in full. The first step reads :data:`FIRST` signs of
   every reference, the second all signs of the best of these.
"""

from __future__ import annotations

EXACT_NUMBERS = 1 << 25  # N * D, 134 MB of float32: about 10 ms on one core
LEARNED_FROM = 4096  # references; a larger map learns words and directions from as many, evenly spread
FIRST = 512  # signs of the first step at most


def is_exact(references: int, numbers: int) -> bool:
    """Return whether ``references`` descriptors of ``numbers`` each are all compared in full."""
    return references * numbers <= EXACT_NUMBERS
