"""Make a step's data: places of synthetic worlds or maps, and pairs of views of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from reloc.datatypes import UInt8
from reloc.training.pnlp.config import PnLPTaskConfig
from reloc.training.rooms.light import vary
from reloc.training.rooms.pair_rules import Pairs
from reloc.training.rooms.rooms import LEARNED, Rooms, RoomViews
from reloc.training.seeds import generator

_JUDGED = 3  # place of the generator that draws the validation pairs
Change = Callable[[UInt8, np.random.Generator], UInt8]


def batch(
    rooms: Rooms[PnLPTaskConfig], mapped: Sequence[RoomViews], seed_place: tuple[int, ...], numbers: range
) -> dict[str, Any]:
    """Return the groups of ``numbers`` in one batch. They depend on ``seed_place`` and the number only.

    Args:
        mapped: views of maps, see :mod:`reloc.training.pnlp.map_views`.

    Returns:
        ``image`` (N, side, side, 3) uint8; ``plain``, the same without augmentation; ``depth`` (N, side, side)
        float32, 0 where unknown; ``world_from_cam`` (N, 4, 4) float32; ``intrinsics`` (4,); ``first`` and ``second``
        (P,) int64, numbers of images that form pairs.

    Raises:
        PairError, CrowdedWorldError: no world can be used.
    """
    config, drawn = rooms.config, []
    for number in numbers:
        random = generator(*seed_place, number)
        if mapped and random.random() < config.map_share:
            room = mapped[int(random.integers(len(mapped)))]
            drawn.append(_group(room, room.pairs, config, random, vary))
        else:
            room = rooms.room(LEARNED, int(random.integers(config.worlds)))
            windows = [room.window(i * config.views, config.views) for i in range(config.places)]
            some = [pairs for pairs in windows if len(pairs)] or [room.pairs]
            drawn.append(_group(room, some[int(random.integers(len(some)))], config, random, vary))
    return collate(drawn, config)


def some_pairs(room: RoomViews, config: PnLPTaskConfig, number: int) -> dict[str, Any]:
    """Return one group's number of pairs from a room, without augmentation. They depend on ``number`` only."""
    return _group(room, room.pairs, config, generator(config.seed, _JUDGED, number), lambda image, _: image)


def collate(groups: Sequence[dict[str, Any]], config: PnLPTaskConfig) -> dict[str, Any]:
    """Return one batch of several groups; see :func:`batch`."""
    begins = np.cumsum([0, *(len(group["image"]) for group in groups)])
    joined = {n: np.concatenate([g[n] for g in groups]) for n in ("image", "plain", "depth", "world_from_cam")}
    for name in ("first", "second"):
        numbers = [group[name] + begin for group, begin in zip(groups, begins, strict=False)]
        joined[name] = np.concatenate(numbers).astype(np.int64)
    camera = config.camera
    # Only relative poses matter. Around their own center, float32 is accurate to a micrometer.
    poses = joined["world_from_cam"].copy()
    for begin, end in pairwise(begins):
        poses[begin:end, :3, 3] -= poses[begin:end, :3, 3].mean(axis=0)
    return {
        **joined, "world_from_cam": poses.astype(np.float32),
        "intrinsics": np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32),
    }  # fmt: skip


def _group(
    room: RoomViews, pairs: Pairs, config: PnLPTaskConfig, random: np.random.Generator, change: Change
) -> dict[str, Any]:
    first, second = pairs.draw(random, config.pairs)
    used, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    return {
        "image": np.stack([change(room.images[i], random) for i in used]), "plain": room.images[used],
        "depth": room.depth[used], "world_from_cam": room.world_from_cam[used],
        "first": place[: len(first)], "second": place[len(first) :],
    }  # fmt: skip
