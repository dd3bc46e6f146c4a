"""Collect samples in rendered worlds: every change, moved furniture, look-alikes, hidden and doubled places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from reloc.datatypes import UInt8
from reloc.evidence_training.asking import Asker
from reloc.evidence_training.changes import compressed
from reloc.evidence_training.one_view import ask_about, picture
from reloc.evidence_training.sample import EvidenceSample
from reloc.features import extractor as family
from reloc.geometry.cameras import Camera
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import Disturbance, open_disturbances
from reloc.kidnap.look_alikes import find_look_alikes
from reloc.kidnap.rendered import RENDERED, WorldSource, rendered_drives, spacious_world
from reloc.kidnap.rendered_routes import MapDensity
from reloc.kidnap.sceneries import rendered_scenery
from reloc.kidnap.scenery import Frames, Scenery
from reloc.maps.builder import build_map
from reloc.maps.progress import silent
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame
from reloc.synth.world import World
from reloc.trust.calibration.hiding import references_near

# Worlds take turns with these, so that no density of references and no lens is typical.
_DENSITIES = tuple(MapDensity(grid, directions) for grid in (0.9, 0.75, 1.1) for directions in (6, 8))
_FOCAL_PX = (525.0, 380.0, 450.0)
_OTHER_WORLD = 500_000  # added to the seed
_DISTURBANCES = ("blurred", "covered", "dark", "flicker", "people", "upside_down")
_LOOK_ALIKES = 16
_HIDE = (1.5, 60.0)  # meters and degrees
_HIDE_LOOK_ALIKE = (2.5, 80.0)  # where another place looks alike
_SPARSE = MapDensity(1.2, 6)  # of doubled maps
_TWICE_M = 40.0  # distance of the second place in a doubled map
_DOUBLED = (1.0, 0.5, 0.3)  # shares of the references that are doubled
_SEEN_AGAIN = (0.9, 35.0)  # a place counts as doubled if a second reference is this near, in meters and degrees


def camera_of(seed: int) -> Camera:
    """Return the camera of a world."""
    focal = _FOCAL_PX[seed % len(_FOCAL_PX)]
    return Camera(640, 480, focal, focal, 320.0, 240.0)


def of_world(
    seed: int, maps: Path, views: int, photos: Sequence[UInt8], elsewhere: Sequence[Path], kinds: Sequence[str]
) -> list[EvidenceSample]:
    """Return the samples of one world.

    Args:
        seed: the world's.
        maps: folder for its maps.
        views: number of places from which it is looked at.
        photos: pictures (H, W, 3) to paste.
        elsewhere: files of pictures of other places.
        kinds: of local features.

    Raises:
        CrowdedWorldError: the seed gives no world with room to drive.
        DependencyError: Embree is not installed.
    """
    world, camera, random = spacious_world(seed), camera_of(seed), np.random.default_rng([seed, 77])
    source = WorldSource(world, camera, _DENSITIES[seed % len(_DENSITIES)])
    asker = Asker(_maps(maps, f"{seed}", source, kinds))
    scenery = rendered_scenery(world, camera, KidnapConfig())
    disturbances = open_disturbances(_DISTURBANCES, scenery)
    for number, (drive, at) in enumerate(_places(scenery.drives, views, random)):
        frame, moved = scenery.drives[drive][at], scenery.moved[drive][at]
        pose = scenery.pose((drive, at))
        ask_about(asker, number, frame.load_image(), camera, pose, photos, random, _HIDE)
        asker.ask("moved", moved.load_image(), camera, pose)
        _disturb(asker, disturbances[number % len(disturbances)], scenery, frame, random)
    for place in find_look_alikes(asker.map, scenery.drives, "vlad", silent)[:_LOOK_ALIKES]:
        image, pose = scenery.drives[place[0]][place[1]].load_image(), scenery.pose(place)
        asker.ask("look-alike", image, camera, pose)
        asker.ask("hidden look-alike", image, camera, pose, without=references_near(asker.map, pose, *_HIDE_LOOK_ALIKE))
    other = rendered_drives(spacious_world(seed + _OTHER_WORLD), camera, 10.0, False, 6)
    for drive, at in _places(other, views, random):
        asker.ask("other world", other[drive][at].load_image(), camera, None)
    for index in random.permutation(len(elsewhere))[:views]:
        asker.ask("other building", picture(elsewhere[index]), camera, None)
    return asker.samples


def of_doubled_world(seed: int, maps: Path, views: int, kinds: Sequence[str]) -> list[EvidenceSample]:
    """Return samples of a map that has a world twice, or some of its views: the place cannot be told.

    Raises:
        CrowdedWorldError, DependencyError: as :func:`of_world`.
    """
    world, camera, random = spacious_world(seed), camera_of(0), np.random.default_rng([seed, 78])
    source = _Doubled(world, camera, _DOUBLED[seed % len(_DOUBLED)])
    asker = Asker(_maps(maps, f"{seed}-doubled", source, kinds))
    drives = rendered_drives(world, camera, 10.0)
    for drive, at in _places(drives, views, random):
        image, pose = drives[drive][at].load_image(), drives[drive][at].world_from_cam
        assert pose is not None  # of rendered frames it is known
        again = pose.copy()
        again[0, 3] += _TWICE_M
        if not references_near(asker.map, again, *_SEEN_AGAIN):
            continue
        asker.ask("doubled", image, camera, pose, shows="twins")
        asker.ask("doubled, compressed", compressed(image, random), camera, pose, shows="twins")
    return asker.samples


class _Doubled(WorldSource):
    """A world whose references, or a share of them, are a second time elsewhere."""

    def __init__(self, world: World, camera: Camera, share: float) -> None:
        super().__init__(world, camera, _SPARSE)
        self._share = share

    def frames(self, split: str) -> Sequence[SourceFrame]:
        random, found = np.random.default_rng(0), list(super().frames(split))
        for frame in tuple(found):
            if random.random() < self._share and frame.world_from_cam is not None:
                pose = frame.world_from_cam.copy()
                pose[0, 3] += _TWICE_M
                found.append(replace(frame, name=f"{frame.name}-again", world_from_cam=pose))
        return found


def _maps(folder: Path, name: str, source: WorldSource, kinds: Sequence[str]) -> list[ReferenceMap]:
    """Return a world's map with each kind of local features; build what is missing."""
    found = []
    for kind in kinds:
        path = folder / f"{name}-{kind}.map"
        if not path.exists():
            build_map(source, path, replace(RENDERED, local_features=kind, features=family.kind(kind).Config()), silent)
        found.append(ReferenceMap.open(path, verify=False))
    return found


def _places(drives: Sequence[Frames], views: int, random: np.random.Generator) -> list[tuple[int, int]]:
    every = [(i, k) for i, drive in enumerate(drives) for k in range(len(drive))]
    return [every[k] for k in random.choice(len(every), min(views, len(every)), replace=False)]


def _disturb(
    asker: Asker, kind: type[Disturbance], scenery: Scenery, frame: SourceFrame, random: np.random.Generator
) -> None:
    made, camera, pose = kind(scenery, random), frame.camera, frame.world_from_cam
    assert camera is not None  # of rendered frames both are known
    assert pose is not None
    image = made.image(frame.load_image(), float(random.uniform(0.0, 3.0)))
    asker.ask(made.name, image, made.camera(camera), pose @ made.cam_from_mounted)
