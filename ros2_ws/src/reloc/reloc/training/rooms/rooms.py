"""Render synthetic worlds on request, and keep them in the run's workspace.

A world depends only on its number. So several processes may share a workspace, and lost files are rendered again
identically.
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
ATTEMPTS = 30  # worlds tried for a number until two views form a pair
MIN_CONTRAST = 6.0  # gray levels; a view with less contrast, such as a blank wall, cannot be matched
SPARSE_APART = 0.1  # meters; views nearer together teach nothing about position


@dataclass(frozen=True, slots=True, eq=False)
class RoomViews:
    """N views of one world, some of which make pairs."""

    images: UInt8  # (N, side, side, 3) RGB
    depth: Float32  # (N, side, side) meters along the optical axis; 0 where it is unknown
    world_from_cam: Float64  # (N, 4, 4)
    pairs: Pairs

    def __post_init__(self) -> None:
        freeze(self.images, self.depth, self.world_from_cam)

    def window(self, first: int, views: int) -> Pairs:
        """Return the pairs among ``views`` views from ``first`` on. Views keep their numbers in the room."""
        return self.among(np.arange(first, first + views))

    def among(self, views: NDArray[np.intp]) -> Pairs:
        """Return the pairs that consist of two of these views (K,)."""
        inside = np.isin(self.pairs.first, views) & np.isin(self.pairs.second, views)
        return Pairs(self.pairs.first[inside], self.pairs.second[inside], self.pairs.overlap[inside])


ConfigT = TypeVar("ConfigT", bound=RoomsConfig)


class Rooms(Generic[ConfigT]):
    """Worlds by split and number, for any task whose configuration defines their views."""

    config: ConfigT

    def __init__(self, config: ConfigT, folder: Path) -> None:
        """
        Raises:
            TextureError: the configured folder contains no photographs.
        """
        self.config, self.folder = config, folder
        self._library = TextureLibrary(config.textures or None)
        self._rendering = threading.Lock()  # the library's store of textures is not thread-safe

    def is_sparse(self, number: int) -> bool:
        """Return whether a world is viewed in the sparse manner. Such worlds are spread evenly over the numbers."""
        share = self.config.sparse
        return int((number + 1) * share) > int(number * share)

    def room(self, split: int, number: int) -> RoomViews:
        """Return a world; render it if it is missing.

        Raises:
            PairError: no two views form a pair in any of the worlds that were tried for this number.
            CrowdedWorldError, DependencyError: as :func:`reloc.synth.views.draw_views`.
        """
        file = self.folder / f"{('learned', 'held_out')[split]}-{number:06d}.npz"
        try:
            return _unpacked(npy_file.load_bundle(file, Blame(str(file), TrainingError, "It is made again")))
        except (TrainingError, KeyError, ValueError):  # missing, or cut off by a full disk
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
            f"In {ATTEMPTS} worlds no two of {config.places * config.views} views overlap with enough texture",
            "Set more --views per place, or other --textures",
        )


def _packed(room: RoomViews) -> dict[str, Any]:
    """Return depth as float16: the error is 1/2000, a hundredth of what matching allows."""
    return {
        "images": room.images, "depth": room.depth.astype(np.float16), "world_from_cam": room.world_from_cam,
        "first": room.pairs.first, "second": room.pairs.second, "overlap": room.pairs.overlap,
    }  # fmt: skip


def _unpacked(kept: dict[str, Any]) -> RoomViews:
    pairs = Pairs(kept["first"], kept["second"], kept["overlap"])
    return RoomViews(kept["images"], kept["depth"].astype(np.float32), kept["world_from_cam"], pairs)
