"""Plan one kidnap: what the camera sees, when, and odometry. Index and seed determine all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import make
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import ANEW, DRIVES, Disturbance, Odometry
from reloc.kidnap.odometry import Drift, random_turn
from reloc.kidnap.scenery import Frames, Scenery, walk
from reloc.maps.source import SourceFrame

_CARRY_S = (0.0, 0.5, 2.0)  # possible durations of the kidnap, without images


@dataclass(frozen=True, slots=True, eq=False)
class PlannedLook:
    """One image of the camera with its ground truth."""

    name: str
    seconds: float  # since the first look
    load: Callable[[], UInt8]  # (H, W, 3) RGB, disturbed; raises ImageError
    key: str | None  # equal keys mean equal images and cameras; None: unique
    camera: Camera  # the intrinsics that the robot uses
    world_from_true: Float64 | None  # (4, 4); None: not in the map
    odom_from_cam: Float64 | None  # (4, 4)

    @property
    def stamp_ns(self) -> int:
        """Stamp of the image; the test begins at 1 s, because 0 is not a time."""
        return 1_000_000_000 + round(self.seconds * 1e9)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One kidnap."""

    index: int
    disturbance: Disturbance
    carried: str  # one of disturbance.CARRIED
    looks: tuple[PlannedLook, ...]
    kidnap: int  # number of the first look after the kidnap

    @property
    def kidnap_s(self) -> float:
        """The time of the first image after the kidnap."""
        return self.looks[self.kidnap].seconds


def make_plan(index: int, scenery: Scenery, disturbances: Sequence[type[Disturbance]], config: KidnapConfig) -> Plan:
    """Return the kidnap number ``index``. It depends on the seed and this number, not on earlier kidnaps."""
    random = np.random.default_rng(np.random.SeedSequence((config.seed, index)))
    disturbance = disturbances[index % len(disturbances)](scenery, random)
    before = _drive(scenery, scenery.anywhere(random), max(1, round(config.before_s * config.hz)), random)
    there = disturbance.target(_pose(before, -1))
    after = _drive(scenery, there, max(1, round(config.after_s * config.hz)), random)
    carried, carry_s = str(random.choice(disturbance.carried)), float(random.choice(_CARRY_S))
    kidnap = len(before)
    truth, odometry = _motion(before, after, disturbance.cam_from_mounted, carried, Drift(config, random), random)
    odometry = disturbance.odometry(odometry, kidnap, config.hz)
    seen = (*before, *disturbance.frames(before, after))
    looks = []
    for i, frame in enumerate(seen):
        seconds = i / config.hz + (carry_s if i >= kidnap else 0.0)
        disturbed = i >= kidnap or disturbance.from_start
        since = (i if disturbance.from_start else i - kidnap) / config.hz
        true = truth[i] if disturbance.in_map or not disturbed else None
        looks.append(_look(frame, seconds, disturbance if disturbed else None, since, true, odometry[i]))
    return Plan(index, disturbance, carried, tuple(looks), kidnap)


def _drive(scenery: Scenery, place: tuple[int, int], looks: int, random: np.random.Generator) -> Frames:
    """Return the frames of a short drive that begins at a place. Their names contain their drive."""
    frames = scenery.drives[place[0]]
    return tuple(frames[i] for i in walk(frames, place[1], looks, random))


def _motion(
    before: Frames, after: Frames, cam_from_mounted: Float64, carried: str, drift: Drift, random: np.random.Generator
) -> tuple[list[Float64], Odometry]:
    """Return true poses and odometry of all looks."""
    first = [_pose(before, i) @ cam_from_mounted for i in range(len(before))]
    second = [_pose(after, i) @ cam_from_mounted for i in range(len(after))]
    origin = make(random_turn(random), random.uniform(-20.0, 20.0, 3))
    odometry = drift.integrated(origin, first)
    if carried == ANEW:
        start = make(random_turn(random), random.uniform(-20.0, 20.0, 3))
    elif carried == DRIVES:
        start = odometry[-1] @ make(random_turn(random, np.deg2rad(60.0)), random.uniform(-1.0, 1.0, 3))
    else:
        start = odometry[-1]
    return first + second, [*odometry, *drift.integrated(start, second)]


def _look(
    frame: SourceFrame,
    seconds: float,
    disturbance: Disturbance | None,
    since: float,
    true: Float64 | None,
    odom_from_cam: Float64 | None,
) -> PlannedLook:
    camera = frame.camera
    assert camera is not None  # sceneries give each frame one
    if disturbance is None:
        return PlannedLook(frame.name, seconds, frame.load_image, frame.name, camera, true, odom_from_cam)
    kind = disturbance.key(since)
    key = None if kind is None else f"{frame.name}|{disturbance.name}|{kind}" if kind else frame.name

    def load() -> UInt8:
        return disturbance.image(frame.load_image(), since)

    return PlannedLook(frame.name, seconds, load, key, disturbance.camera(camera), true, odom_from_cam)


def _pose(frames: Frames, index: int) -> Float64:
    pose = frames[index].world_from_cam
    assert pose is not None  # poses of drives in the map are all known
    return pose
