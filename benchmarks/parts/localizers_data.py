"""The three data sets of `localizers.py`: maps, made where they are not there, and queries whose pose is known."""

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
SEED = 30_260  # of no training, and of no other benchmark
EVERY_METRES, EVERY_DEGREES = 0.1, 5.0  # between two pictures of the drive


class UnavailableError(RuntimeError):
    """A data set that cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A map, and where its queries are."""

    map_path: Path
    queries: Path
    source: str
    split: str

    def frames(self, opened: ReferenceMap, every: int) -> Iterator[SourceFrame]:
        """Those whose pose is known; cameras as the map's build says."""
        options = with_recorded(SourceOptions(), self.source, opened.manifest.build)
        for frame in list(open_source(self.source, self.queries, options).frames(self.split))[::every]:
            if frame.world_from_cam is not None:
                yield frame


@dataclass(frozen=True, slots=True)
class DataSet:
    """What stands in one column of the table."""

    name: str
    title: str
    every: int  # N-th query
    places: Callable[[Path, Path], tuple[Place, ...]]  # of the folder of the data, and of what is made


def redkitchen(data: Path, out: Path) -> tuple[Place, ...]:
    """Microsoft's kitchen: a map of every tenth frame of seq-01, queries of seq-02."""
    scene, folder = data / "redkitchen_sfm", out / "redkitchen.map"
    if not scene.is_dir():
        raise UnavailableError(f"{scene} is not there")
    build = ["map", "build", str(scene), "--source", "7scenes", "--split", "train", "--every", "10", "--camera", CAMERA]
    _build([*build, "--retrieval", "vlad,densevlad"], folder)
    return (Place(folder, scene, "7scenes", "test"),)


def house(data: Path, out: Path) -> tuple[Place, ...]:
    """The demo's house, and a drive that its map is not made from."""
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
    """Synthetic worlds that no network saw, in the manner of those that some learned from."""
    photographs, rooms = data / "photos", out / "worlds"
    if not photographs.is_dir():
        raise UnavailableError(f"{photographs} is not there, whose pictures are textures")
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
    """Where the project's data is."""
    return Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data")


def _build(words: list[str], folder: Path) -> None:
    if not folder.exists() and not reloc([*words, "--calibrate", "none", "--out", str(folder)]):
        raise UnavailableError(f"`reloc map build` of {folder.name} failed")


def _silent(*_: Any) -> None:
    """The commands print enough."""
