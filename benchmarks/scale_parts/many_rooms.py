"""Make a map of many rooms out of the map of one: plausible descriptors that resemble none of the others.

RootSIFT has 4 x 4 cells of 8 directions. In another order of cells and directions it is distributed in the same way,
but resembles little of what it was. Some of it still does, and the first room's geometry would then confirm it. So each
further room has an order of its own, and in it landmarks exchange what they look like: a key point keeps how far it is
from the look of its landmark. Its images are those of the first room, because nothing that localizes looks at them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from reloc.compact_index import sizes
from reloc.compact_index.building import IndexBuilder
from reloc.datatypes import UInt8
from reloc.features.descriptors import as_unit
from reloc.files import write_atomic
from reloc.maps import compact, layout
from reloc.maps.building import arrays, ingest
from reloc.maps.editing.kind_content import KindContent
from reloc.maps.editing.new_version import link_others
from reloc.maps.integrity import list_files
from reloc.maps.manifest import content_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval import aggregation

_APART_M = 10.0
_VLAD = "vlad"


def grow(room: Path, out: Path, count: int, seed: int = 0) -> Path:
    """Write a map of ``count`` references, the first of which are those of ``room``."""
    first = ReferenceMap.open(room)
    content = KindContent.read(first)
    rooms = -(-count // len(first))
    made = _Rooms(content, seed)
    out.mkdir()
    link_others(first, out, lambda path: False)
    _write_lists(first, out, rooms)
    _write_vlad(first, out, content, made, rooms)
    keypoints, landmarks = len(content.ids), len(content.xyz)
    repeated = replace(
        content,
        counts=np.tile(content.counts, rooms),
        uv=np.tile(content.uv, (rooms, 1)),
        size=np.tile(content.size, rooms),
        angle=np.tile(content.angle, rooms),
        descriptors=np.concatenate([compact.pack_descriptors(made.descriptors(r)) for r in range(rooms)]),
        ids=np.where(
            np.tile(content.ids, rooms) < 0, -1,
            np.tile(content.ids, rooms) + np.repeat(np.arange(rooms, dtype=np.int32) * landmarks, keypoints),
        ).astype(np.int32),
        xyz=np.concatenate([content.xyz + _place(r, rooms).astype(np.float32) for r in range(rooms)]),
        error_px=np.tile(content.error_px, rooms),
        presence=np.full(rooms * landmarks, 255, np.uint8),
        looks=np.concatenate([compact.pack_descriptors(made.looks(r)) for r in range(rooms)]),
    )  # fmt: skip
    repeated.write(out, layout.FEATURES, layout.LANDMARKS)
    files = list_files(out, skip=frozenset([layout.MANIFEST]))
    manifest = replace(
        first.manifest, name=out.name, content_hash=content_hash(files), files=files,
        references=len(repeated.counts), key_points=len(repeated.ids), landmarks=len(repeated.xyz),
    )  # fmt: skip
    write_atomic(out / layout.MANIFEST, manifest.to_json())
    return out


def _order(random: np.random.Generator) -> np.ndarray:
    """Return an order (128,) of a descriptor's numbers: cells change places, and all directions turn alike."""
    numbers = np.arange(128).reshape(16, 8)
    return np.roll(numbers[random.permutation(16)], int(random.integers(8)), axis=1).ravel()


class _Rooms:
    """What key points and landmarks of each room look like, a byte a number."""

    def __init__(self, content: KindContent, seed: int) -> None:
        self._descriptors = compact.descriptors_of(content.descriptors)
        self._looks, self._ids, self._seed = compact.descriptors_of(content.looks), content.ids, seed

    def descriptors(self, room: int) -> UInt8:
        """Return (K, 128) of key points."""
        if not room:
            return self._descriptors
        order, whose = self._drawn(room)
        seen = self._ids >= 0
        made = self._descriptors.astype(np.int16)
        made[seen] += self._looks[whose[self._ids[seen]]].astype(np.int16) - self._looks[self._ids[seen]]
        return np.ascontiguousarray(np.clip(made, 0, 255).astype(np.uint8)[:, order])

    def looks(self, room: int) -> UInt8:
        """Return (L, 128) of landmarks."""
        if not room:
            return self._looks
        order, whose = self._drawn(room)
        return np.ascontiguousarray(self._looks[whose][:, order])

    def _drawn(self, room: int) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng([self._seed, room])
        return _order(random), random.permutation(len(self._looks))


def _place(room: int, rooms: int) -> np.ndarray:
    side = int(np.ceil(np.sqrt(rooms)))
    return np.array([room % side, room // side, 0.0]) * _APART_M


def _write_lists(first: ReferenceMap, out: Path, rooms: int) -> None:
    told, poses = [], []
    for room in range(rooms):
        moved = first.world_from_cam.copy()
        moved[:, :3, 3] += _place(room, rooms)
        poses.append(moved)
        for reference in first.references:
            name = f"{room:05d}/{reference.name}" if room else reference.name
            told.append(msgspec.to_builtins(replace(reference, name=name)))
    cameras = list(dict.fromkeys(first.camera(i) for i in range(len(first))))
    camera_of = tuple(cameras.index(first.camera(i)) for i in range(len(first))) * rooms
    ingest.write_lists(out, first.frame, told, cameras, camera_of, np.concatenate(poses))


def _write_vlad(first: ReferenceMap, out: Path, content: KindContent, made: _Rooms, rooms: int) -> None:
    """Describe all references by the words of the first room, and index them if they are many."""
    place = f"{layout.RETRIEVAL}/{_VLAD}"
    centers = first.arrays(place)["centres"]
    count = len(content.counts)
    rows = np.empty((rooms * count, centers.size), np.int8)
    for room in range(rooms):
        views = content.of_references(as_unit(made.descriptors(room)))
        described = np.stack([aggregation.vlad(view, centers) for view in views])
        rows[room * count : (room + 1) * count] = compact.pack_rows(described)
    arrays.store(out, place, {"centres": centers, "descriptors": rows})
    if len(rows) <= sizes.LEARNED_FROM or sizes.is_exact(*rows.shape):
        return
    chosen = np.unique(np.linspace(0, len(rows) - 1, sizes.LEARNED_FROM).astype(int))
    index = IndexBuilder(compact.rows_of(rows[chosen]), chosen, len(rows))
    for start in range(0, len(rows), 1024):
        index.add(compact.rows_of(rows[start : start + 1024]), rows[start : start + 1024])
    found, short = index.finish()
    arrays.store(out, f"{place}/{layout.INDEX}", found.to_arrays() | {layout.INDEX_ROWS: short})
