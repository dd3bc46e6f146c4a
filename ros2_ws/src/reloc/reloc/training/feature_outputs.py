"""What every exported network of local features takes and gives, and how two answers of one are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from reloc.features.network import IMAGE_INPUT, PLACE_OUTPUT, POINT_OUTPUTS
from reloc.models.tensor import TensorSpec

_NEAR_PX = 0.5
# A share of the network's points that a file need not find: the weakest are nearly as weak as the next. And how far
# descriptors that are found may be off in the mean, as a share of their length.
PARITY_LIMITS = {"missing": 0.08, "descriptor": 0.05}
PLACE_LIMIT = 0.05
Arrays = Mapping[str, NDArray[Any]]


def image_input(width: int, height: int) -> list[TensorSpec]:
    """What the graph takes."""
    return [TensorSpec(IMAGE_INPUT, "uint8", (None, height, width))]


def feature_outputs(count: int, length: int, place: int = 0) -> list[TensorSpec]:
    """What it gives: ``count`` key points with descriptors of a length, and, if any, a global descriptor."""
    shapes = ((count, 2), (count, 2), (count,), (count, length))
    types = ("int32", "float32", "float32", "float32")
    found = [TensorSpec(n, t, (None, *shape)) for n, t, shape in zip(POINT_OUTPUTS, types, shapes, strict=True)]
    return [*found, *([TensorSpec(PLACE_OUTPUT, "float32", (None, place))] if place else [])]


def differences(wanted: Arrays, got: Arrays) -> dict[str, float]:
    """How far one answer is from another: share of points missing, and of lengths by which vectors are off."""
    missing, off = [], []
    for i in range(len(wanted["score"])):
        (there, vectors), (seen, others) = (_points_of(answer, i) for answer in (wanted, got))
        if not len(there) or not len(seen):
            missing.append(float(len(there) != len(seen)))
            continue
        distance, nearest = cKDTree(seen).query(there)
        found = distance < _NEAR_PX
        missing.append(float(1.0 - found.mean()))
        off.append(
            float(np.linalg.norm(vectors[found] - others[nearest[found]], axis=1).mean()) if found.any() else np.nan
        )
    told = {"missing": max(missing), "descriptor": max(off, default=np.nan)}
    if PLACE_OUTPUT in wanted:
        told[PLACE_OUTPUT] = float(np.linalg.norm(wanted[PLACE_OUTPUT] - got[PLACE_OUTPUT], axis=1).max())
    return told


def _points_of(answer: Arrays, image: int) -> tuple[NDArray[Any], NDArray[Any]]:
    found = answer["score"][image] > 0
    return (answer["pixel"][image] + answer["shift"][image])[found], answer["descriptor"][image][found]
