"""Write synthetic rooms as data sets in the layout of 7-Scenes: images, depth in mm, poses, a camera, two splits.

Dense: train and test contain poses of the same clusters. Sparse: train begins with views from the four corners of the
largest room to its middle, and test contains poses anywhere in the room (V.C of the ExReNet paper).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.config import param, to_mapping, validate
from reloc.datatypes import Float64
from reloc.errors import SynthError
from reloc.geometry.cameras import Camera
from reloc.maps.progress import Progress, silent
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.synth.camera_poses import DENSE, PoseConfig, corner_poses, draw_poses
from reloc.synth.courtyard_poses import courtyard_poses
from reloc.synth.generate import COURTYARD, WorldConfig
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.views import first_with_room, take
from reloc.synth.world import World

ABOUT = "world.json"
_FARTHEST_MM = 65534


@dataclass(frozen=True, slots=True)
class DatasetConfig:
    """Parameters of the data sets."""

    seed: int = param(0, "This seeds the data set; the same seed gives the same files.", ge=0)
    rooms: int = param(
        1, "This many data sets are made, each in a world of its own. Raising it takes longer.", ge=1, le=100000
    )
    images: int = param(
        0,
        "Each room has this many reference images in the split train. Raising it takes longer; 0 makes "
        "120 in the dense manner, 4 in the sparse one and 15 in a courtyard.",
        ge=0,
        le=100000,
    )
    queries: int = param(
        40, "Each room has this many query images in the split test. Raising it takes longer.", ge=1, le=100000
    )
    width: int = param(320, "Images have this width. Raising it takes longer.", unit="pixel", ge=16, le=8192)
    height: int = param(240, "Images have this height. Raising it takes longer.", unit="pixel", ge=16, le=8192)
    view_deg: float = param(
        62.0,
        "The camera has this horizontal angle of view. Raising it shows more of the room.",
        unit="deg",
        ge=20.0,
        le=140.0,
    )
    response: float = param(
        0.5,
        "This scales the variation of exposure, color and noise between images. Raising it makes images "
        "differ more; 0 makes them equal.",
        ge=0.0,
        le=1.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)

    @property
    def camera(self) -> Camera:
        """The camera: a pinhole with its principal point in the middle of the image."""
        f = 0.5 * self.width / float(np.tan(np.deg2rad(0.5 * self.view_deg)))
        return Camera(self.width, self.height, f, f, 0.5 * (self.width - 1), 0.5 * (self.height - 1))


def write_rooms(
    out: Path,
    config: DatasetConfig,
    worlds: WorldConfig | None = None,
    poses: PoseConfig | None = None,
    library: TextureLibrary | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Write ``out``/room-0000 and so on. Complete rooms are not written again.

    Raises:
        SynthError: an existing folder was written with other options, or is not a room.
        CrowdedWorldError: no world has space for a camera.
        ConfigError: fewer than four references for a sparse map.
        DependencyError: Embree is not installed.
    """
    worlds, poses, library = worlds or WorldConfig(), poses or PoseConfig(), library or TextureLibrary()
    outdoors = worlds.kind == COURTYARD
    count = config.images or (15 if outdoors else 120 if poses.manner == DENSE else 4)
    if not outdoors and poses.manner != DENSE and count < 4:
        problem = f"images={config.images} for a sparse map, whose first four images are in the corners"
        raise SynthError(problem, "Set images to 4 or more, or to 0 for the default")
    folders = [out / f"room-{i:04d}" for i in range(config.rooms)]
    progress("rooms", 0, len(folders))
    for i, folder in enumerate(folders):
        about = {
            "format": 1,
            "place": [config.seed, i],
            **{k: v for k, v in to_mapping(config).items() if k not in ("rooms", "seed", "images")},
            "images": count,
            "worlds": to_mapping(worlds),
            "poses": to_mapping(poses),
            "photographs": len(library.photos),
        }
        if not _is_complete(folder, about):
            _write_room(folder, about, config, count, worlds, poses, library)
        progress("rooms", i + 1, len(folders))
    return folders


def _is_complete(folder: Path, about: dict[str, object]) -> bool:
    if not folder.exists():
        return False
    try:
        there = json_file.load(folder / ABOUT, dict[str, Any], Blame(str(folder / ABOUT), SynthError, ""))
    except SynthError:
        there = {}
    if there != about:
        raise SynthError(f"{folder} exists, and was not made with these options", "Give another folder, or remove it")
    return True


def _write_room(
    folder: Path,
    about: dict[str, object],
    config: DatasetConfig,
    count: int,
    worlds: WorldConfig,
    poses: PoseConfig,
    library: TextureLibrary,
) -> None:
    place = (config.seed, int(folder.name.removeprefix("room-")))
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    world, random, (train, test) = first_with_room(
        place, library, worlds, lambda world, random: _splits(world, random, config, count, poses, worlds.kind)
    )
    for number, group in ((1, train), (2, test)):
        _write_sequence(partial / f"seq-{number:02d}", world, group, config, random)
    (partial / "TrainSplit.txt").write_text("sequence1\n")
    (partial / "TestSplit.txt").write_text("sequence2\n")
    (partial / "camera.json").write_text(json.dumps(config.camera.to_dict()) + "\n")
    (partial / ABOUT).write_text(json.dumps(about, indent=1) + "\n")
    partial.rename(folder)


def _splits(
    world: World, random: np.random.Generator, config: DatasetConfig, count: int, poses: PoseConfig, kind: str
) -> tuple[Float64, Float64]:
    """Return the poses of ``count`` references (N, 4, 4) and of the queries (M, 4, 4)."""
    camera = config.camera
    if kind == COURTYARD:
        return courtyard_poses(world, camera, count, config.queries, random, poses)
    if poses.manner == DENSE:
        drawn = random.permutation(draw_poses(world, camera, count + config.queries, random, poses))
        return drawn[:count], drawn[count:]
    room = max(world.rooms, key=lambda r: r.area)
    corners = corner_poses(world, camera, room, random, poses)
    drawn = draw_poses(world, camera, count - 4 + config.queries, random, poses, room)
    return np.concatenate([corners, drawn[: count - 4]]), drawn[count - 4 :]


def _write_sequence(
    folder: Path, world: World, poses: Float64, config: DatasetConfig, random: np.random.Generator
) -> None:
    folder.mkdir(parents=True)
    for i, pose in enumerate(poses):
        views = take(world, pose[None], config.camera, random, config.response)
        stem = f"frame-{i:06d}"
        depth_mm = np.rint(views.depth[0] * 1000.0)
        depth_mm[depth_mm > _FARTHEST_MM] = 0.0
        _write_png(folder / f"{stem}.color.png", cv2.cvtColor(views.images[0], cv2.COLOR_RGB2BGR))
        _write_png(folder / f"{stem}.depth.png", depth_mm.astype(np.uint16))
        np.savetxt(folder / f"{stem}.pose.txt", pose)


def _write_png(file: Path, pixels: NDArray[Any]) -> None:
    """Write a PNG file. Unlike OpenCV's own writing, this reports a full disk."""
    _, content = cv2.imencode(".png", pixels)
    file.write_bytes(content.tobytes())
