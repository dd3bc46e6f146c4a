"""Pairs of views with known poses: of RedKitchen, and of synthetic worlds with other light, furniture or place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import Float32, Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import rotation_angles_between
from reloc.kidnap.moved_furniture import move_furniture
from reloc.synth.camera_poses import PoseConfig
from reloc.synth.generate import WorldConfig
from reloc.synth.lighting import light_on
from reloc.synth.renderer import render, render_depth
from reloc.synth.response import draw_response
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.views import world_with_poses
from reloc.synth.world import Lamps, World

SEED = 18_118  # a seed that no training and no other benchmark uses
NEAR_M, NEAR_DEG = 0.5, 20.0  # a distance and an angle that count as the same difference
KITCHEN = Camera(640, 480, 525.5, 525.5, 320.0, 240.0)


@dataclass(frozen=True, eq=False)
class Pair:
    """A query and a reference, and their relative pose."""

    query: UInt8  # (H, W, 3) RGB
    reference: UInt8
    reference_from_query: Float64  # (4, 4)
    camera: Camera  # the camera of both
    depth: Float32 | None = None  # (H, W) depth of the query in meters; None if unknown
    reference_depth: Float32 | None = None


class Kitchen:
    """The frames of redkitchen_sfm."""

    def __init__(self, folder: Path) -> None:
        self.files = sorted(folder.glob("seq-*/frame-*.color.jpg"))
        poses = [np.loadtxt(str(f).replace(".color.jpg", ".pose.txt")) for f in self.files]
        self.world_from_cam = np.stack(poses)
        self.first = np.array([f.parent.name == "seq-01" for f in self.files])

    def image(self, index: int) -> UInt8:
        """Return an image (480, 640, 3) RGB."""
        return np.ascontiguousarray(cv2.imread(str(self.files[index]))[..., ::-1])

    def drive(self, every: int) -> Iterator[Pair]:
        """Yield each ``every``-th frame of seq-02 with the nearest of every tenth frame of seq-01."""
        references = np.flatnonzero(self.first)[::10]
        for query in np.flatnonzero(~self.first)[::every]:
            yield self._pair(query, references, 0.0, 0.0)

    def apart(self, every: int, meters: float, degrees: float) -> Iterator[Pair]:
        """Yield each ``every``-th frame with the nearest frame at a distance or angle of at least ``meters`` or
        ``degrees``.
        """
        for query in range(0, len(self.files), every):
            pair = self._pair(query, np.arange(len(self.files)), meters, degrees)
            if pair is not None:
                yield pair

    def _pair(self, query: int, references: Float64, meters: float, degrees: float) -> Pair | None:
        poses = self.world_from_cam[references]
        away = np.linalg.norm(poses[:, :3, 3] - self.world_from_cam[query, :3, 3], axis=1)
        turned = np.rad2deg(rotation_angles_between(poses, np.broadcast_to(self.world_from_cam[query], poses.shape)))
        cost = np.where((away >= meters) & (turned >= degrees), away / NEAR_M + turned / NEAR_DEG, np.inf)
        best = int(np.argmin(cost))
        if not np.isfinite(cost[best]):
            return None
        relative = np.linalg.solve(poses[best], self.world_from_cam[query])
        return Pair(self.image(query), self.image(int(references[best])), relative, KITCHEN)


def worlds(count: int, each: int, kind: str, textures: Path | None) -> Iterator[Pair]:
    """Yield pairs of views of worlds that no training used.

    Args:
        count: number of worlds.
        each: number of pairs in each world.
        kind: ``near``, a step aside; ``light``, also with other lamps; ``moved``, also with moved furniture; ``far``,
            at least 40 degrees or 1.5 meters apart, with at least a quarter of the points in common.
        textures: folder of photographs; None uses generated textures only.
    """
    camera = Camera(640, 480, 525.5, 525.5, 319.5, 239.5)
    library = TextureLibrary(textures)
    for number in range(count):
        dense = kind != "far"
        poses = PoseConfig(manner="dense" if dense else "sparse", cluster=2, spread_m=0.3, spread_deg=15.0)
        world, random, found = world_with_poses(
            SEED, number, count=2 * each if dense else 6 * each, camera=camera, library=library,
            worlds=WorldConfig(), poses=poses,
        )  # fmt: skip
        chosen = [(2 * i, 2 * i + 1) for i in range(each)] if dense else _far_apart(world, camera, found, each)
        before, after = world, world
        if kind == "light":
            after = _relit(world, random)
        elif kind == "moved":
            after = move_furniture(world, random)
        for i, j in chosen:
            reference, reference_depth = render(before, found[i], camera, draw_response(random, 0.5), random)
            query, depth = render(after, found[j], camera, draw_response(random, 0.5), random)
            yield Pair(query, reference, np.linalg.solve(found[i], found[j]), camera, depth, reference_depth)


def _far_apart(world: World, camera: Camera, poses: Float64, most: int) -> list[tuple[int, int]]:
    small = camera.scaled(64, 48)
    depth = np.stack([render_depth(world, pose, small) for pose in poses])
    found = []
    for i in range(len(poses)):
        for j in range(i + 1, len(poses)):
            turned = float(np.rad2deg(rotation_angles_between(poses[i : i + 1], poses[j : j + 1])[0]))
            away = float(np.linalg.norm(poses[i, :3, 3] - poses[j, :3, 3]))
            if (turned > 40.0 or away > 1.5) and _seen(
                depth[j], depth[i], np.linalg.solve(poses[i], poses[j]), small
            ) > 0.25:
                found.append((i, j))
    return found[:most]


def _seen(depth: Float32, other: Float32, other_from_this: Float64, camera: Camera) -> float:
    """Return the share of a view's points that another view shows."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    rays = np.column_stack([camera.normalize(np.column_stack([u.ravel(), v.ravel()])), np.ones(u.size)])
    there = (rays * depth.ravel()[:, None]) @ other_from_this[:3, :3].T + other_from_this[:3, 3]
    uv = np.rint(camera.project(np.maximum(there, (-1e9, -1e9, 1e-3)))).astype(int)
    inside = (there[:, 2] > 0) & (uv >= 0).all(axis=1) & (uv < (camera.width, camera.height)).all(axis=1)
    near = np.abs(other[uv[inside, 1], uv[inside, 0]] / there[inside, 2] - 1) < 0.05
    return float(near.sum() / len(there))


def _relit(world: World, random: np.random.Generator) -> World:
    """Return the world with other light: some lamps are off, some are brighter, and the ambient light differs."""
    factor = np.where(random.random(len(world.lamps.colour)) < 0.4, 0.05, np.exp(random.uniform(-1.0, 1.0)))
    lamps = Lamps(world.lamps.place, (world.lamps.colour * factor[:, None]).astype(np.float32))
    ambient = np.asarray(random.uniform(0.05, 0.4) * np.exp(random.normal(0, 0.15, 3)), np.float32)
    return replace(world, lamps=lamps, light=light_on(world.mesh, world.rays, lamps, ambient, 0.2, random))
