"""Make the demo's map as a user would: drive with a recorder, then run ``reloc map build``.

Everything is stored in a cache folder, which is named by a hash of the inputs, so that a second demo reuses it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from reloc import plugins
from reloc.maps.layout import MANIFEST
from reloc_demo.bags import DemoBagWriter, jpeg
from reloc_demo.drive.mapping_drive import mapping_drive
from reloc_demo.drive.motion import DriveTrajectory
from reloc_demo.drive.robot import BASE_FROM_CAM, CAMERA, world_from_base, world_from_cam
from reloc_demo.world import house
from reloc_demo.world.renderer import Renderer

EVERY_METRES, EVERY_DEGREES = 0.5, 24.0  # motion and turn of the robot between two pictures
_TF_STEP = 0.1
_EPOCH_NS = 1_700_000_000_000_000_000
_MAP, _BASE, _OPTICAL = "map", "base_link", "camera_optical_frame"
# These are lower than the defaults, because the house is small, its pictures are sharp, and a demo should start soon.
_BUILD_OPTIONS = ("--neighbours", "12", "--max-features", "1000", "--calibrate", "none")
_LOCALIZERS = "reloc.localizers"
# Packages of the core that a finished map depends on.
_BUILDS_MAPS = ("geometry", "features", "maps", "retrieval")

Progress = Callable[[str, int, int], None]


class MappingError(RuntimeError):
    """The map could not be built. The message says where the reason is."""


def ensure_map(cache: Path, localizer: str, progress: Progress) -> Path:
    """Return the folder of the demo's map for a localizer; make it if it does not exist.

    Raises:
        PluginError, DependencyError: there is no such localizer, or it cannot be loaded.
        MappingError: ``reloc map build`` failed.
    """
    retrieval = getattr(plugins.load(_LOCALIZERS, localizer).Config(), "retrieval", "vlad")
    bag = cache / f"mapping-{_hash(_own_files())}"
    finished = cache / f"map-{retrieval}-{_hash([*_own_files(), *_core_files()])}"
    if (finished / MANIFEST).exists():
        return finished
    if not (bag / "metadata.yaml").exists():
        trajectory = mapping_drive()
        record(bag, trajectory, trajectory.stops(EVERY_METRES, EVERY_DEGREES), partial(progress, "mapping drive"))
    _build(bag, finished, retrieval)
    return finished


def record(
    bag: Path, trajectory: DriveTrajectory, stops: Sequence[float], progress: Callable[[int, int], None]
) -> None:
    """Take pictures at ``stops`` (seconds) of a drive and write the bag: images, camera_info, TF of the true pose."""
    renderer = Renderer(house.build(), CAMERA)
    part = bag.parent / "unfinished" / bag.name
    with DemoBagWriter(part) as writer:
        writer.write("/tf_static", writer.tf(BASE_FROM_CAM, _EPOCH_NS, _BASE, _OPTICAL), _EPOCH_NS)
        told = 0.0
        for done, t in enumerate(stops):
            while told < t:
                _tell(writer, world_from_base(trajectory.at(told)), told)
                told += _TF_STEP
            _tell(writer, world_from_base(trajectory.at(t)), t)
            stamp = _EPOCH_NS + round(t * 1e9)
            file = jpeg(renderer.render(world_from_cam(trajectory.at(t))))
            writer.write("/camera/camera_info", writer.camera_info(CAMERA, stamp, _OPTICAL), stamp)
            writer.write("/camera/image_raw/compressed", writer.compressed_image(file, stamp, _OPTICAL), stamp)
            told = t + _TF_STEP
            progress(done + 1, len(stops))
    part.rename(bag)


def _tell(writer: DemoBagWriter, world_from_robot: object, t: float) -> None:
    stamp = _EPOCH_NS + round(t * 1e9)
    writer.write("/tf", writer.tf(world_from_robot, stamp, _MAP, _BASE), stamp)  # type: ignore[arg-type]


def _build(bag: Path, out: Path, retrieval: str) -> None:
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "reloc.cli.main",
        "map",
        "build",
        str(bag),
        "--source",
        "rosbag2",
        "--retrieval",
        retrieval,
        "--out",
        str(out),
    ]
    done = subprocess.run([*command, *_BUILD_OPTIONS], check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    if done.returncode != 0:
        raise MappingError(
            f"`{' '.join(command[1:])}` failed with exit status {done.returncode}; see its message above"
        )


def _own_files() -> list[Path]:
    here = Path(__file__).resolve().parent
    drive = [here / "drive" / name for name in ("mapping_drive.py", "motion.py", "robot.py")]
    pictures = [file for name in ("world", "textures") for file in (here / name).glob("*.py")]
    return [here / "bags.py", Path(__file__).resolve(), *drive, *pictures]


def _core_files() -> list[Path]:
    spec = find_spec("reloc")
    root = Path(next(iter(spec.submodule_search_locations or []))) if spec else Path()
    return [file for name in _BUILDS_MAPS for file in (root / name).rglob("*.py")]


def _hash(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
