"""Make a step's data: pools of views of some places, and pairs of an anchor with an easy, moderate and hard one.

The views of a pool are encoded once. Every one is an anchor, and algorithm 1 searches its nearest references in the
pool, because the paper's whole training set cannot be encoded at every step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.geometry.rotations import angles_of_matrices, matrices_from_rotvecs, quaternions_from_matrices
from reloc.geometry.transforms import inverse
from reloc.training.camnet.augment import mirrored, vary
from reloc.training.camnet.config import CamNetTaskConfig
from reloc.training.camnet.data import Data
from reloc.training.camnet.places import EASY, HARD, MODERATE, ViewedPlace
from reloc.training.seeds import generator

STRANGERS = 4  # one in this many of a pool's views is hard for the pool's first view
ELSEWHERE = 0.3  # share of anchors whose hard image shows another place, if there is another place


def batch(data: Data, config: CamNetTaskConfig, seed_place: tuple[int, ...], numbers: range) -> dict[str, Any]:
    """Return the pools of ``numbers``. They depend on ``seed_place`` and the number only.

    Returns:
        For N images, ``image`` (N, side, side, 3) uint8, ``world_from_cam`` (N, 4, 4) float32, ``group`` (N,) int64.
        For P
            pairs ``anchor``, ``target``, ``kind`` (P,) int64, ``distance`` (P, 2) float32 (1 - theta both ways),
            ``angle`` (P,) float32 as a share of half a turn; both are NaN where unknown; ``posed`` (P,) bool: whether
            the relative pose is learned; ``translation`` (P, 3), ``rotation`` (P, 4) of target_from_anchor; and for
            algorithm 1 ``by_truth`` (P,) bool and ``moved`` (P, 4, 4): the anchor's pose with noise.

    Raises:
        PairError, CrowdedWorldError: no world can be used.
    """
    pools = []
    for number in numbers:
        random = generator(*seed_place, number)
        pools.append(_pool(data.draw(random), config, random))
    return _collate(pools, config, generator(*seed_place, numbers.start, 1))


def _pool(place: ViewedPlace, config: CamNetTaskConfig, random: np.random.Generator) -> ViewedPlace:
    """Return augmented views: some near one view of the place, and some far from it."""
    first = int(random.integers(len(place)))
    near = np.flatnonzero(place.kinds[first] < HARD)
    far = np.flatnonzero(place.kinds[first] == HARD)
    size = min(config.pool, len(place))
    strangers = random.permutation(far)[: max(size // STRANGERS, size - 1 - len(near))]
    friends = random.permutation(near)[: size - 1 - len(strangers)]
    pool = place.some(np.concatenate([[first], friends, strangers]).astype(np.int64))
    images, poses = np.array(pool.images), pool.world_from_cam
    if config.flip and random.random() < 0.5:
        images, poses = mirrored(images, poses)
    images = np.stack([vary(image, random, config.jitter, config.blur) for image in images])
    return ViewedPlace(images, poses, pool.overlap, pool.kinds, pool.by_depth)


def _collate(pools: list[ViewedPlace], config: CamNetTaskConfig, random: np.random.Generator) -> dict[str, Any]:
    begins = np.cumsum([0, *(len(pool) for pool in pools)])
    poses = np.concatenate([pool.world_from_cam for pool in pools])
    rows = []
    for pool, begin in zip(pools, begins, strict=False):
        for anchor in range(len(pool)):
            for kind in (EASY, MODERATE, HARD):
                own = np.flatnonzero(pool.kinds[anchor] == kind)
                if kind == HARD and len(pools) > 1 and (not len(own) or random.random() < ELSEWHERE):
                    others = np.setdiff1d(np.arange(begins[-1]), begin + np.arange(len(pool)))
                    rows.append((begin + anchor, int(random.choice(others)), kind, 1.0, 1.0, False))
                elif len(own):
                    target = int(random.choice(own))
                    there, back = pool.overlap[anchor, target], pool.overlap[target, anchor]
                    learned = kind < HARD or 0.5 * (there + back) >= config.min_overlap
                    rows.append((begin + anchor, begin + target, kind, 1.0 - there, 1.0 - back, learned))
    first, second, kinds, to, fro, posed = (np.array(column) for column in zip(*rows, strict=True))
    return {
        "image": np.concatenate([pool.images for pool in pools]), "world_from_cam": poses.astype(np.float32),
        "group": np.repeat(np.arange(len(pools)), np.diff(begins)), "anchor": first, "target": second, "kind": kinds,
        "distance": np.column_stack([to, fro]).astype(np.float32), "posed": posed.astype(np.bool_),
        **_poses(poses, first, second, begins), **_noise(poses[first], config, random),
    }  # fmt: skip


def _poses(
    poses: Float64, anchor: NDArray[np.int64], target: NDArray[np.int64], begins: NDArray[np.int64]
) -> dict[str, Any]:
    relative = inverse(poses[target]) @ poses[anchor]
    turn = relative[:, :3, :3]
    apart = np.searchsorted(begins, anchor, "right") != np.searchsorted(begins, target, "right")
    angle = np.where(apart, np.nan, angles_of_matrices(turn) / np.pi)
    return {
        "translation": relative[:, :3, 3].astype(np.float32), "angle": angle.astype(np.float32),
        "rotation": quaternions_from_matrices(turn).astype(np.float32),
    }  # fmt: skip


def _noise(poses: Float64, config: CamNetTaskConfig, random: np.random.Generator) -> dict[str, Any]:
    count = len(poses)
    turn = matrices_from_rotvecs(random.normal(size=(count, 3)) * config.jitter_turn * np.pi / np.sqrt(3.0))
    moved = poses.copy()
    moved[:, :3, :3] = turn @ poses[:, :3, :3]
    moved[:, :3, 3] += random.normal(size=(count, 3)) * config.jitter_m / np.sqrt(3.0)
    return {"moved": moved.astype(np.float32), "by_truth": random.random(count) >= config.estimated}
