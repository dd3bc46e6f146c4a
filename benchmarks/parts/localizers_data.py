"""The three data sets of `localizers.py`: maps, which are built if they are missing, and queries with known poses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parts.reloc_commands import reloc
from reloc.cli.eval import with_recorded
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source

ROOT = Path(__file__).resolve().parents[2]
CAMERA = "525.5,320,240"
WORLDS, VIEWS = 3, 20
SEED = 30_260  # a seed that no training and no other benchmark uses
EVERY_METRES, EVERY_DEGREES = 0.1, 5.0  # motion and turn between two pictures of the drive


class UnavailableError(RuntimeError):
    """A data set is not available. The message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A map, and the source of its queries."""

    map_path: Path
    queries: Path
    source: str
    split: str

    def frames(self, opened: ReferenceMap, every: int) -> Iterator[SourceFrame]:
        """Yield the queries with known poses, with the cameras of the map's build."""
        options = with_recorded(SourceOptions(), self.source, opened.manifest.build)
        for frame in list(open_source(self.source, self.queries, options).frames(self.split))[::every]:
            if frame.world_from_cam is not None:
                yield frame


@dataclass(frozen=True, slots=True)
class DataSet:
    """One column of the table."""

    name: str
    title: str
    every: int  # every N-th query is used
    places: Callable[[Path, Path], tuple[Place, ...]]  # takes the folders of the data and of the results


def redkitchen(data: Path, out: Path) -> tuple[Place, ...]:
    """Return RedKitchen: a map of every tenth frame of seq-01, and queries of seq-02."""
    scene, folder = data / "redkitchen_sfm", out / "redkitchen.map"
    if not scene.is_dir():
        raise UnavailableError(f"{scene} does not exist")
    build = ["map", "build", str(scene), "--source", "7scenes", "--split", "train", "--every", "10", "--camera", CAMERA]
    _build([*build, "--retrieval", "vlad,densevlad"], folder)
    return (Place(folder, scene, "7scenes", "test"),)


def house(data: Path, out: Path) -> tuple[Place, ...]:
    """Return the demo's house, with queries from another drive than its map's."""
    try:
        from reloc_demo.drive.tour import tour
        from reloc_demo.mapping import MappingError, ensure_map, record
    except ImportError as error:
        raise UnavailableError(f"the demo is not installed: {error}") from error
    folder, drive = out / "house.map", out / "house-drive"
    try:
        if not folder.exists():
            folder.symlink_to(
                ensure_map(ROOT / "out" / "demo" / "cache", "features", _silent), target_is_directory=True
            )
        if not (drive / "metadata.yaml").exists():
            route = tour()
            stops = [t for t in route.stops(EVERY_METRES, EVERY_DEGREES) if not route.covered(t)]
            record(drive, route, stops, lambda done, total: None)
    except MappingError as error:
        raise UnavailableError(str(error)) from error
    return (Place(folder, drive, "rosbag2", "all"),)


def worlds(data: Path, out: Path) -> tuple[Place, ...]:
    """Return synthetic worlds that no network was trained on, made like the training worlds."""
    photographs, rooms = data / "photos", out / "worlds"
    if not photographs.is_dir():
        raise UnavailableError(f"{photographs} does not exist; its pictures are needed as textures")
    if not (rooms / f"room-{WORLDS - 1:04d}" / "world.json").exists():
        synth = ["synth", str(rooms), "--seed", str(SEED), "--rooms", str(WORLDS), "--queries", str(VIEWS)]
        if not reloc([*synth, "--textures", str(photographs)]):
            raise UnavailableError("`reloc synth` failed")
    places = []
    for number in range(WORLDS):
        room, folder = rooms / f"room-{number:04d}", out / f"room-{number:04d}.map"
        build = ["map", "build", str(room), "--source", "7scenes", "--depth-camera", str(room / "camera.json")]
        _build([*build, "--depth-offset", "0,0,0", "--every", "1", "--landmarks", "depth"], folder)
        places.append(Place(folder, room, "7scenes", "test"))
    return tuple(places)


DATA_SETS = {
    d.name: d
    for d in (
        DataSet("redkitchen", "RedKitchen", 10, redkitchen),
        DataSet("house", "synthetic house", 5, house),
        DataSet("worlds", "unseen worlds", 1, worlds),
    )
}


def default_data() -> Path:
    """Return the folder of the project's data."""
    return Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data")


def _build(words: list[str], folder: Path) -> None:
    if not folder.exists() and not reloc([*words, "--calibrate", "none", "--out", str(folder)]):
        raise UnavailableError(f"`reloc map build` of {folder.name} failed")


def _silent(*_: Any) -> None:
    """Print nothing, because the commands print enough."""
