"""Make a step's data: some places, some views of each, and some pairs of these views.

Views of a place are encoded once and compared several times, because on a CPU the encoder takes most of a step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reloc.datatypes import UInt8
from reloc.geometry.transforms import inverse
from reloc.training.exrenet.config import ExReNetTaskConfig
from reloc.training.exrenet.pose_loss import RelativeTruth
from reloc.training.rooms.light import vary
from reloc.training.rooms.rooms import LEARNED, Rooms, RoomViews
from reloc.training.seeds import generator

_JUDGED = 3  # place of the generator that draws the validation pairs
Change = Callable[[UInt8, np.random.Generator], UInt8]


def batch(rooms: Rooms[ExReNetTaskConfig], seed_place: tuple[int, ...], numbers: range) -> dict[str, Any]:
    """Return the groups of ``numbers`` in one batch. They depend on ``seed_place`` and the number only.

    Returns:
        ``image`` (N, side, side, 3) uint8, ``depth`` (N, side, side) float32, ``world_from_cam`` (N, 4, 4) float32,
            ``intrinsics`` (4,); for P pairs ``reference`` and ``query`` (P,) int64, numbers of images, and the parts of
            :class:`RelativeTruth`.

    Raises:
        PairError, CrowdedWorldError: no world can be used.
    """
    config, drawn = rooms.config, []
    for number in numbers:
        random = generator(*seed_place, number)
        world = _some_world(rooms, random)
        drawn.append(_group(rooms.room(LEARNED, world), config, rooms.is_sparse(world), random, vary))
    return collate(drawn, config)


def some_pairs(room: RoomViews, config: ExReNetTaskConfig, number: int) -> dict[str, Any]:
    """Return one group's number of pairs from a room, without augmentation. They depend on ``number`` only."""
    return _group(room, config, False, generator(config.seed, _JUDGED, number), lambda image, _: image)


def _some_world(rooms: Rooms[ExReNetTaskConfig], random: np.random.Generator) -> int:
    config = rooms.config
    if not config.drawn_sparse:
        return int(random.integers(config.worlds))
    wanted = bool(random.random() < config.drawn_sparse)
    worlds = np.array([i for i in range(config.worlds) if rooms.is_sparse(i) == wanted])
    return int(random.choice(worlds if len(worlds) else np.arange(config.worlds)))


def collate(groups: list[dict[str, Any]], config: ExReNetTaskConfig) -> dict[str, Any]:
    """Return one batch of several groups; see :func:`batch`."""
    begins = np.cumsum([0, *(len(group["image"]) for group in groups)])
    joined = {name: np.concatenate([group[name] for group in groups]) for name in ("image", "depth", "world_from_cam")}
    for name in ("reference", "query"):
        numbers = [group[name] + begin for group, begin in zip(groups, begins, strict=False)]
        joined[name] = np.concatenate(numbers).astype(np.int64)
    poses, camera = joined["world_from_cam"], config.camera
    truth = RelativeTruth.of(inverse(poses[joined["reference"]]) @ poses[joined["query"]])
    return {
        **joined, "world_from_cam": poses.astype(np.float32),
        "intrinsics": np.array([camera.fx, camera.fy, camera.cx, camera.cy], np.float32),
        "direction": truth.direction, "rotation": truth.rotation, "scale": truth.scale,
    }  # fmt: skip


def _group(
    room: RoomViews, config: ExReNetTaskConfig, anywhere: bool, random: np.random.Generator, change: Change
) -> dict[str, Any]:
    """Return some pairs of one place, and their images.

    ``anywhere``: the room's views are not grouped by places, so any two views may form a pair.
    """
    if anywhere:
        windows = [room.among(random.choice(len(room.images), config.views, replace=False))]
    else:
        windows = [room.window(i * config.views, config.views) for i in range(config.places)]
    some = [pairs for pairs in windows if len(pairs)] or [room.pairs]
    first, second = some[int(random.integers(len(some)))].draw(random, config.pairs)
    used, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    return {
        "image": np.stack([change(room.images[i], random) for i in used]),
        "depth": room.depth[used], "world_from_cam": room.world_from_cam[used],
        "reference": place[: len(first)], "query": place[len(first) :],
    }  # fmt: skip
