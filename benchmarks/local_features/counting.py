"""Count the right matches of a pair: by depth if it is known, otherwise by the epipolar line."""

from __future__ import annotations

import numpy as np

from local_features.pairs import Pair
from reloc import images
from reloc.datatypes import Float32, UInt8
from reloc.estimators.local_features import FeaturesConfig
from reloc.features.descriptors import as_unit
from reloc.features.extractor import Extractor
from reloc.features.matcher import matcher_of

NEAR_PX = 3.0
ENOUGH = 30  # number of right matches that suffices for a pose


def right_matches(extractor: Extractor, pair: Pair, query: UInt8, ratio: float) -> tuple[int, int]:
    """Return the number of right matches of a pair, and of all matches; ``query`` is its changed image.

    Descriptors are matched as by `features`: by dual softmax where the kind says so, else by ``ratio``.
    """
    one, other = (extractor.extract(images.to_gray(image)) for image in (query, pair.reference))
    matcher = matcher_of(extractor.softmax, ratio, FeaturesConfig().min_match_probability)
    ((found, _),) = matcher.in_each(as_unit(one.descriptors), [as_unit(other.descriptors)])
    if not len(found):
        return 0, 0
    uv, seen = one.uv[found[:, 0]].astype(np.float64), other.uv[found[:, 1]].astype(np.float64)
    off = by_depth(pair, uv, seen) if pair.depth is not None else by_line(pair, uv, seen)
    return int((off < NEAR_PX).sum()), len(found)


def by_depth(pair: Pair, uv: Float32, seen: Float32) -> Float32:
    """Return the errors (N,) in pixels: distances between true and matched position in the reference."""
    u, v = np.clip(np.rint(uv).astype(int), 0, np.array(pair.depth.shape[::-1]) - 1).T
    rays = np.column_stack([pair.camera.normalize(uv), np.ones(len(uv))])
    turn = pair.reference_from_query
    there = (rays * pair.depth[v, u][:, None]) @ turn[:3, :3].T + turn[:3, 3]
    ahead = there[:, 2] > 1e-3
    there[~ahead] = (0.0, 0.0, 1.0)
    return np.where(ahead, np.linalg.norm(pair.camera.project(there) - seen, axis=1), np.inf)


def by_line(pair: Pair, uv: Float32, seen: Float32) -> Float32:
    """Return the distances (N,) in pixels from the epipolar lines (Sampson).

    A wrong match counts as right by chance in some of 100 cases.
    """
    turn = pair.reference_from_query
    x, y, z = turn[:3, 3]
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ turn[:3, :3]
    one, other = (np.column_stack([pair.camera.normalize(p), np.ones(len(p))]) for p in (uv, seen))
    here, there = other @ essential, one @ essential.T
    error = np.abs(np.einsum("ni,ni->n", other, there))
    return pair.camera.fx * error / np.sqrt((here[:, :2] ** 2).sum(1) + (there[:, :2] ** 2).sum(1) + 1e-18)
