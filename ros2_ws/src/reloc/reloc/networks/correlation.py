"""Correlation layers: compare the places of two feature maps (ExReNet paper, IV.B).

These are the paper's equations 1 to 4, with two corrections. A guided layer's match M is that of the coarse cell (y1 //
u, x1 // u) that contains the fine place. Equations 3 and 4 divide by the size s_p of the guiding layer's map, because
the channel w counts its cells.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


def extensive(first: Tensor, second: Tensor) -> Tensor:
    """Correlate every place with every place (equation 1).

    Args:
        first, second: (B, C, s, s) features of the two images.

    Returns:
        (B, s * s, s, s): at y1, x1 of the first image and channel w = x2 * s + y2 of the second.
    """
    features, side = _sizes(first)
    columns = second.transpose(2, 3).reshape(-1, features, side * side)  # (B, C, w)
    found = columns.transpose(1, 2) @ first.reshape(-1, features, side * side)
    return found.reshape(-1, side * side, side, side)


def best_matches(correlation: Tensor) -> Tensor:
    """Return w_max of equations 3 and 4: (B, s * s, s, s) to (B, s, s) int64, without gradient."""
    return correlation.argmax(1)


def guided(first: Tensor, second: Tensor, guide: Tensor, border: int) -> Tensor:
    """Correlate every place with the neighborhood that the guide names (equation 2).

    Places outside of the second map correlate to 0. The u * u places of a coarse cell share one neighborhood, so it is
    collected once for all of them. It consists of whole cells of u * u places, so one Gather suffices.

    Args:
        first, second: (B, C, s, s) features of the two images.
        guide: (B, p, p), the matches of the coarse layer, see :func:`best_matches`; s = u * p.
        border: coarse cells added around the one that the guide names, on each side.

    Returns:
        (B, d * d, s, s) with d = u * (1 + 2 * border). Channels are ordered by :func:`offsets`: by cells, and in a
        cell by places. That is a permutation of the paper's w = x2 * d + y2, which the next layer can learn as well.
    """
    features, side = _sizes(first)
    coarse = _sizes(guide)[1]
    scale, cells, span = side // coarse, coarse + 2 * border, 1 + 2 * border
    places = scale * scale

    padded = functional.pad(second, [border * scale] * 4)
    # (B, C, cell y, y, cell x, x) to a row for each cell of each image: (B * cells * cells, (x, y), C)
    rows = padded.reshape(-1, features, cells, scale, cells, scale).permute(0, 2, 4, 5, 3, 1)
    rows = rows.reshape(-1, places * features)
    # The padding of the map and the border of the neighborhood cancel, so no offset is needed.
    at = guide.reshape(-1, coarse * coarse, 1, 1)
    step = torch.arange(span, device=guide.device)
    near = (at % coarse + step) * cells + at // coarse + step[:, None]  # (B, p * p, dx, dy)
    image = torch.ones_like(at[:, :1]).cumsum(0) - 1  # 0, 1, ... for a batch of any size
    near = (near + image * (cells * cells)).reshape(-1)
    windows = rows.index_select(0, near).reshape(-1, span * span * places, features)

    own = first.reshape(-1, features, coarse, scale, coarse, scale).permute(0, 2, 4, 3, 5, 1)
    found = own.reshape(-1, places, features) @ windows.transpose(1, 2)  # (B * p * p, (y1, x1), w)
    found = found.reshape(-1, coarse, coarse, scale, scale, span * span * places)
    return found.permute(0, 5, 1, 3, 2, 4).reshape(-1, span * span * places, side, side)


def _sizes(features: Tensor) -> tuple[int, int]:
    """Return channels and side as Python numbers, so that an exported graph does not compute them for every batch."""
    return int(features.shape[1]), int(features.shape[-1])


def offsets(scale: int, border: int) -> NDArray[np.int64]:
    """Return x2 and y2 of each channel of :func:`guided`, (d * d, 2), in places from the neighborhood's top left one.

    The top left place is at ((M_x - border) * scale, (M_y - border) * scale) of the second map.
    """
    span = 1 + 2 * border
    cell_x, cell_y, x, y = np.meshgrid(*map(np.arange, (span, span, scale, scale)), indexing="ij")
    return np.stack([cell_x * scale + x, cell_y * scale + y], axis=-1).reshape(-1, 2)
