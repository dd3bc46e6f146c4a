"""Build maps with each kind of features, and localize queries in them by `features`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from parts.reloc_commands import reloc

from local_features.changes import Change
from reloc.datatypes import Localized, Query
from reloc.engine import open_localizer
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.trust.calibration.hiding import references_near

SEED, ROOMS, REFERENCES, QUERIES = 18_119, 2, 60, 20
RIGHT_M, RIGHT_DEG = 0.05, 5.0
GROSS_M, GROSS_DEG = 0.5, 10.0
KITCHEN = "525.5,320,240"


@dataclass(frozen=True)
class Scene:
    """The source of a map, and its queries."""

    folder: Path
    build: tuple[str, ...]  # options of `reloc map build`
    every: int  # every N-th query is used
    camera: str = ""

    def queries(self) -> Iterator[SourceFrame]:
        """Return the queries with known poses."""
        options = replace(SourceOptions(), camera=self.camera) if self.camera else SourceOptions()
        yield from list(open_source("7scenes", self.folder, options).frames("test"))[:: self.every]

    def map(self, kind: str, model: str, out: Path) -> ReferenceMap:
        """Return the map with a kind of features; build it if it is missing."""
        target = out / f"{self.folder.name}-{kind}.map"
        if not target.exists():
            words = ["map", "build", str(self.folder), "--source", "7scenes", "--split", "train", *self.build]
            words += ["--features", kind, "--retrieval", "vlad", "--calibrate", "none", "--out", str(target)]
            if model and kind == "points":
                words += ["--feature-param", f"model={model}"]
            if not reloc(words, quiet=True):
                raise SystemExit(f"The map {target} could not be built")
        return ReferenceMap.open(target, verify=False)


def kitchen(data: Path, every: int) -> list[Scene]:
    """Return RedKitchen with its poses from structure from motion, with every tenth frame of seq-01."""
    folder = data / "redkitchen_sfm"
    return [Scene(folder, ("--every", "10", "--camera", KITCHEN), every, KITCHEN)] if folder.is_dir() else []


def rooms(data: Path, out: Path) -> list[Scene]:
    """Return synthetic rooms that no training used."""
    folder, photos = out / "rooms", data / "photos"
    synth = ["synth", str(folder), "--seed", str(SEED), "--rooms", str(ROOMS), "--images", str(REFERENCES)]
    synth += ["--queries", str(QUERIES), "--width", "640", "--height", "480"]
    if not reloc([*synth, *(("--textures", str(photos)) if photos.is_dir() else ())], quiet=True):
        raise SystemExit("`reloc synth` failed")
    found = []
    for number in range(ROOMS):
        room = folder / f"room-{number:04d}"
        build = ("--depth-camera", str(room / "camera.json"), "--depth-offset", "0,0,0", "--every", "1")
        found.append(Scene(room, (*build, "--landmarks", "depth"), 1))
    return found


def localized(
    scene: Scene, opened: ReferenceMap, change: Change, hide: tuple[float, float] = (0.0, 0.0)
) -> list[tuple[float, float, float]]:
    """Return for each query the errors in meters and degrees, infinite if it is Lost, and the processor time in
    seconds.

    Args:
        hide: references nearer than this in meters, and turned by less in degrees, are left out.
    """
    localizer = open_localizer(opened, "features", {"retrieval": "vlad"})
    found = []
    for frame in scene.queries():
        image = change(frame.load_image())
        near = tuple(references_near(opened, frame.world_from_cam, *hide))
        begin = time.process_time()
        answer = localizer.localize(Query(image, frame.camera, without=near))
        spent = time.process_time() - begin
        if isinstance(answer, Localized):
            off = distance_between(answer.world_from_cam, frame.world_from_cam)
            turned = np.rad2deg(rotation_angle_between(answer.world_from_cam, frame.world_from_cam))
            found.append((float(off), float(turned), spent))
        else:
            found.append((np.inf, np.inf, spent))
    return found


def words(found: list[tuple[float, float, float]]) -> str:
    """Return as text: the shares of right answers and of gross errors, median errors, processor time."""
    off, turned, spent = np.array(found).T
    right = int(((off < RIGHT_M) & (turned < RIGHT_DEG)).sum())
    answered = np.isfinite(off)
    gross = int((answered & ((off > GROSS_M) | (turned > GROSS_DEG))).sum())
    middle = f"{np.median(off[answered]):.4f} m {np.median(turned[answered]):.2f} deg" if answered.any() else "-"
    return f"{right} of {len(off)}, {gross} gross; {middle}; {1e3 * np.median(spent):.0f} ms"
