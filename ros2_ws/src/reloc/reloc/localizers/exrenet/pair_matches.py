"""Matches of places that ExReNet's pair head gives beside its poses, as pixels of the network's camera.

An image has 32 x 32 places, and a coarse cell 16 of them. Only the best few of each cell are kept. So the matches
spread over the image, and a solver is fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze

MATCHES = "matches"  # the head's output
CELLS = 8  # coarse cells per side
KEPT = 4  # places that are kept per coarse cell
LEAST = 0.1  # a match with a lower confidence is ignored


@dataclass(frozen=True, slots=True, eq=False)
class PairMatches:
    """Matches of N pairs; each kept place of each reference once."""

    uv_ref: tuple[Float64, ...]  # N times (K, 2) pixels of the network's camera; K differs
    uv_query: tuple[Float64, ...]  # N times (K, 2) pixels of the network's camera in the query
    sure: tuple[Float64, ...]  # N times (K,) confidence, 0 to 1

    def __post_init__(self) -> None:
        freeze(*self.uv_ref, *self.uv_query, *self.sure)

    def __len__(self) -> int:
        return len(self.sure)

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]], count: int, side: int) -> PairMatches:
        """Return the matches of the first ``count`` pairs of ``matches`` (B, 5, s, s), see
        :func:`reloc.networks.decoding.decode`.

        Args:
            side: width and height of the network's images in pixels. Values that are not finite give no match.
        """
        given = np.asarray(outputs[MATCHES][:count], dtype=np.float64)
        places = given.shape[-1]
        pixel = side / places
        centres = (np.arange(places) + 0.5) * pixel - 0.5
        own = np.stack(np.meshgrid(centres, centres), axis=-1)  # (s, s, 2)
        matched = np.moveaxis((given[:, :2] + given[:, 2:4] + 0.5) * pixel - 0.5, 1, -1)  # (N, s, s, 2)
        inside = np.isfinite(given).all(axis=1)
        inside &= ((matched > -0.5) & (matched < side - 0.5)).all(axis=-1)
        sure = np.where(inside, given[:, 4], 0.0)
        chosen = _surest(sure) & (sure > LEAST)
        return cls(
            tuple(own[mask] for mask in chosen),
            tuple(found[mask] for found, mask in zip(matched, chosen, strict=True)),
            tuple(values[mask] for values, mask in zip(sure, chosen, strict=True)),
        )


def _surest(sure: Float64) -> NDArray[np.bool_]:
    """Return (N, s, s) the :data:`KEPT` best places of each of 8 x 8 cells."""
    number, places = sure.shape[:2]
    in_cell = places // CELLS
    cells = sure.reshape(number, CELLS, in_cell, CELLS, in_cell).transpose(0, 1, 3, 2, 4)
    cells = cells.reshape(number, CELLS, CELLS, in_cell * in_cell)
    rank = np.argsort(np.argsort(-cells, axis=-1, kind="stable"), axis=-1)
    chosen = (rank < KEPT).reshape(number, CELLS, CELLS, in_cell, in_cell).transpose(0, 1, 3, 2, 4)
    return np.asarray(chosen.reshape(number, places, places))
