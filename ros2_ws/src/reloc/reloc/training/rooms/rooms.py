"""The worlds to learn from: each is rendered when it is first asked for, and kept in the run's workspace.

A world is what its number says, whoever renders it and when: several processes may share a workspace, and a folder
that lost files gets the same ones again.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, UInt8, freeze
from reloc.errors import PairError, TrainingError
from reloc.parsing import npy_file
from reloc.parsing.blame import Blame
from reloc.synth import camera_poses
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.views import draw_views
from reloc.training.rooms import pair_rules
from reloc.training.rooms.config import RoomsConfig
from reloc.training.rooms.pair_rules import Pairs, pairs_of

ROOMS = "rooms"  # folder in a run's workspace
LEARNED, HELD_OUT = 0, 1
ATTEMPTS = 30  # worlds at a number in which no two views make a pair
MIN_CONTRAST = 6.0  # grey levels: a view of a blank wall can be matched with nothing
SPARSE_APART = 0.1  # metres: a robot that only turned teaches nothing about where it is


@dataclass(frozen=True, slots=True, eq=False)
class RoomViews:
    """N views of one world, some of which make pairs."""

    images: UInt8  # (N, side, side, 3) RGB
    depth: Float32  # (N, side, side) metres along the optical axis; 0 where nothing is known
    world_from_cam: Float64  # (N, 4, 4)
    pairs: Pairs

    def __post_init__(self) -> None:
        freeze(self.images, self.depth, self.world_from_cam)

    def window(self, first: int, views: int) -> Pairs:
        """The pairs among ``views`` views from ``first`` on; numbers of views remain those of the room."""
        return self.among(np.arange(first, first + views))

    def among(self, views: NDArray[np.intp]) -> Pairs:
        """The pairs of two of these views (K,)."""
        inside = np.isin(self.pairs.first, views) & np.isin(self.pairs.second, views)
        return Pairs(self.pairs.first[inside], self.pairs.second[inside], self.pairs.overlap[inside])


ConfigT = TypeVar("ConfigT", bound=RoomsConfig)


class Rooms(Generic[ConfigT]):
    """Worlds by split and number, for any task whose configuration says how they are looked at."""

    config: ConfigT

    def __init__(self, config: ConfigT, folder: Path) -> None:
        """
        Raises:
            TextureError: there are no photographs where the configuration says.
        """
        self.config, self.folder = config, folder
        self._library = TextureLibrary(config.textures or None)
        self._rendering = threading.Lock()  # the library's store of textures is not made for two at a time

    def is_sparse(self, number: int) -> bool:
        """Whether a world is looked at in the sparse manner: evenly spread over the numbers."""
        share = self.config.sparse
        return int((number + 1) * share) > int(number * share)

    def room(self, split: int, number: int) -> RoomViews:
        """The world, rendered if it is not there.

        Raises:
            PairError: no two views of it make a pair, nor of those that were tried in its stead.
            CrowdedWorldError, DependencyError: as :func:`reloc.synth.views.draw_views`.
        """
        file = self.folder / f"{('learned', 'held_out')[split]}-{number:06d}.npz"
        try:
            return _unpacked(npy_file.load_bundle(file, Blame(str(file), TrainingError, "It is made again")))
        except (TrainingError, KeyError, ValueError):  # not there, or cut off by a full disk
            pass
        with self._rendering:
            room = self._rendered(split, number)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.npz")
        np.savez(part, **_packed(room))
        part.replace(file)
        return _unpacked(_packed(room))

    def _rendered(self, split: int, number: int) -> RoomViews:
        config, sparse = self.config, self.is_sparse(number)
        poses = camera_poses.PoseConfig(
            manner=camera_poses.SPARSE if sparse else camera_poses.DENSE, cluster=config.views
        )
        rules = pair_rules.SPARSE if sparse else pair_rules.DENSE
        for attempt in range(ATTEMPTS):
            views = draw_views(
                config.seed, split, number, attempt, count=config.places * config.views, camera=config.camera,
                library=self._library, poses=poses, response=config.response,
            )  # fmt: skip
            depth = np.where(np.isfinite(views.depth), views.depth, 0.0).astype(np.float32)
            pairs = pairs_of(depth, views.world_from_cam, views.camera, rules)
            blank = views.images.reshape(len(depth), -1, 3).std(axis=1).max(axis=1) < MIN_CONTRAST
            apart = np.linalg.norm(
                views.world_from_cam[pairs.first, :3, 3] - views.world_from_cam[pairs.second, :3, 3], axis=1
            )
            good = ~blank[pairs.first] & ~blank[pairs.second] & (apart > (SPARSE_APART if sparse else 0.0))
            if good.any():
                return RoomViews(
                    views.images.copy(), depth, views.world_from_cam.copy(),
                    Pairs(pairs.first[good], pairs.second[good], pairs.overlap[good]),
                )  # fmt: skip
        raise PairError(
            f"In {ATTEMPTS} worlds no two of {config.places * config.views} views see the same, with some texture",
            "Take more --views of a place, or other --textures",
        )


def _packed(room: RoomViews) -> dict[str, Any]:
    """Depth as float16: a two-thousandth of it is lost, a hundredth of what matching allows."""
    return {
        "images": room.images, "depth": room.depth.astype(np.float16), "world_from_cam": room.world_from_cam,
        "first": room.pairs.first, "second": room.pairs.second, "overlap": room.pairs.overlap,
    }  # fmt: skip


def _unpacked(kept: dict[str, Any]) -> RoomViews:
    pairs = Pairs(kept["first"], kept["second"], kept["overlap"])
    return RoomViews(kept["images"], kept["depth"].astype(np.float32), kept["world_from_cam"], pairs)
