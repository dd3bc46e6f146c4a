"""A small textured world, rendered exactly: the walls of a box, seen from known poses, with depth.

Each wall is a plane, so that a pixel's colour and depth follow from one ray each: no renderer is
needed, and pose, camera and depth are exact. Everything is made from a fixed seed.
"""

from __future__ import annotations

import functools
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, UInt8
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.depth import DepthImage
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame, SourceOptions
from support.made_once import made_once

CAMERA = Camera(320, 240, 280.0, 280.0, 159.5, 119.5)
SIZE = np.array([4.0, 4.0, 2.6])  # of the box, metres; the world's z is up, its origin in a corner
_TEXELS = 220  # a metre


@functools.cache
def texture(wall: int, seed: int = 0) -> UInt8:
    """(H, W, 3): blots of many sizes and colours, so that every view has key points."""
    random = np.random.default_rng(1000 * seed + wall)
    axis = wall // 2
    height, width = (int(s * _TEXELS) for s in np.delete(SIZE, axis))
    image = np.full((height, width, 3), 128, np.uint8)
    for radius, count in ((90, 60), (40, 200), (20, 500), (8, 900)):
        centres = random.integers(0, (width, height), (count, 2))
        colours = random.integers(0, 256, (count, 3)).tolist()
        kinds = random.random(count)
        for centre, colour, kind in zip(centres.tolist(), colours, kinds, strict=True):
            x, y, r = centre[0], centre[1], int(radius * (0.5 + kind))
            if kind < 0.5:
                cv2.circle(image, (x, y), r, colour, -1)
            else:
                cv2.rectangle(image, (x - r, y - r // 2), (x + r, y + r), colour, -1)
    return cv2.GaussianBlur(image, (0, 0), 1.5)


def render(world_from_cam: Float64, camera: Camera = CAMERA, seed: int = 0) -> tuple[UInt8, NDArray[np.float32]]:
    """What a camera inside the box sees: image (H, W, 3) RGB and depth (H, W) metres."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    xy = camera.normalize(np.column_stack([u.ravel(), v.ravel()]))
    rays = np.column_stack([xy, np.ones(len(xy))]) @ world_from_cam[:3, :3].T  # one metre deep in the camera
    start = world_from_cam[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        to_walls = np.stack([((SIZE[a] if side else 0.0) - start[a]) / rays[:, a] for a in range(3) for side in (0, 1)])
    to_walls[~(to_walls > 1e-6)] = np.inf
    wall, depth = to_walls.argmin(axis=0), to_walls.min(axis=0)
    points = start + rays * depth[:, None]
    shape = (camera.height, camera.width)
    image = np.zeros((*shape, 3), np.uint8)
    for number in np.unique(wall):
        texels = (np.delete(points, number // 2, axis=1) * _TEXELS - 0.5).astype(np.float32)
        rows, columns = texels.T.reshape(2, *shape)
        painted = texture(int(number), seed)
        sampled = cv2.remap(painted, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        hit = (wall == number).reshape(shape)
        image[hit] = sampled[hit]
    return image, depth.reshape(shape).astype(np.float32)


def look_at(position: Float64, target: Float64) -> Float64:
    """world_from_cam (4, 4) of a level camera at ``position`` that looks at ``target``."""
    forward = np.asarray(target, float) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    return transforms.make(np.column_stack([right, np.cross(forward, right), forward]), position)


def reference_poses(count: int = 12) -> list[Float64]:
    """Poses along an arc, all looking at one corner region, neighbours overlapping by more than half."""
    poses = []
    for t in np.linspace(0.0, 1.0, count):
        position = np.array([1.6 + 1.2 * t, 1.4 + 0.4 * np.sin(np.pi * t), 1.2 + 0.2 * np.sin(5.0 * t)])
        poses.append(look_at(position, np.array([3.2 - 1.6 * t, 4.0, 1.3])))
    return poses


def query_poses(count: int = 4) -> list[Float64]:
    """Poses beside the references' arc."""
    poses = reference_poses(count + 1)
    return [
        transforms.make(p[:3, :3] @ transforms.so3_exp([0.03, -0.05, 0.02]), p[:3, 3] + [0.05, -0.07, 0.04])
        for p in poses[:count]
    ]


@dataclass
class TinySource:
    """The world as an importer gives it. ``broken`` replaces frames by name, for tests of bad input."""

    poses: list[Float64] = field(default_factory=reference_poses)
    with_depth: bool = True
    depth_factor: float = 1.0  # to give depth in a wrong unit
    seed: int = 0
    name: str = "tiny"
    notes: list[str] = field(default_factory=list)
    keyframes: KeyframeConfig = field(default_factory=KeyframeConfig)
    options: SourceOptions = field(default_factory=SourceOptions)

    def frames(self, split: str) -> list[SourceFrame]:
        """References for ``train`` and ``all``, queries for ``test``."""
        poses = query_poses() if split == "test" else self.poses
        return [self._frame(f"{'query' if split == 'test' else 'ref'}/{i:03d}", pose) for i, pose in enumerate(poses)]

    def _frame(self, name: str, pose: Float64) -> SourceFrame:
        pose = pose.copy()

        def load_image() -> UInt8:
            return render(pose, seed=self.seed)[0]

        def load_depth() -> DepthImage | None:
            if not self.with_depth:
                return None
            depth = render(pose, seed=self.seed)[1] * np.float32(self.depth_factor)
            return DepthImage(depth, CAMERA, np.eye(4))

        return SourceFrame(name, load_image, CAMERA, pose, stamp_ns=None, load_depth=load_depth)


def build_tiny_map(folder: Path, landmarks: str = "triangulate", retrieval: str = "vlad") -> Path:
    """A map of the tiny world in ``folder``: a copy of the one that is made once a run."""
    from reloc.maps.build_config import BuildConfig
    from reloc.maps.builder import build_map

    def make(path: Path) -> None:
        path.mkdir(exist_ok=True)
        build_map(TinySource(), path / out.name, BuildConfig(landmarks=landmarks, retrieval=retrieval))

    out = folder / f"tiny-{landmarks}.map"  # made under this name, too: a map tells its name
    if not out.exists():
        shutil.copytree(made_once(f"tiny-{landmarks}-{retrieval.replace(',', '-')}", make) / out.name, out)
    return out


def small_map() -> Path:
    """The small map that is made once a run. Only to be read."""
    return made_once("tiny-small.map", build_small_map)


def build_small_map(path: Path, references: int = 12) -> None:
    """A map with a quarter of the usual key points, for tests that need a pose of a few millimetres, not the best."""
    from reloc.features.rootsift import RootSiftConfig
    from reloc.maps.build_config import BuildConfig
    from reloc.maps.builder import build_map

    config = BuildConfig(landmarks="depth", retrieval="vlad", features=RootSiftConfig(max_features=500))
    build_map(TinySource(poses=reference_poses()[:references]), path, config)
