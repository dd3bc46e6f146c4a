"""Choose how a map is searched by its size.

1. Exact search reads every number of every descriptor. Up to :data:`EXACT_NUMBERS` it is the fastest and the best.
2. Above, candidates are found by descriptors that are shortened to :data:`ROW` numbers of one byte each, and compared
   in full. All of these rows are read as long as that takes about a millisecond: there is one list.
3. Above :data:`ONE_LIST` references, rows lie in lists of similar ones, and a search reads some of the lists.
"""

from __future__ import annotations

import math

EXACT_NUMBERS = 1 << 25  # N * D, 134 MB of float32: about 10 ms on one core
LEARNED_FROM = 4096  # references; a larger map learns words and directions from as many, evenly spread
ONE_LIST = 1 << 16  # references
ROW = 512  # numbers of a shortened descriptor at most
_PER_LIST = 512  # references, about


def is_exact(references: int, numbers: int) -> bool:
    """Return whether ``references`` descriptors of ``numbers`` each are all compared in full."""
    return references * numbers <= EXACT_NUMBERS


def lists(references: int) -> int:
    """Return the number of lists: a power of two, so that a list has some 500 references."""
    if references <= ONE_LIST:
        return 1
    return int(1 << round(math.log2(references / _PER_LIST)))
