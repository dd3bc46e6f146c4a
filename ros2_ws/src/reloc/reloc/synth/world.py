"""A world: triangles with textures and light, and the free space for cameras."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64
from reloc.synth.ray_caster import Ints, RayCaster
from reloc.synth.texture_atlas import SIZE, TextureAtlas


@dataclass(frozen=True, eq=False)
class Mesh:
    """Triangles. ``world`` has z up; a face's corners run anticlockwise seen from outside."""

    vertices: Float32  # (V, 3) meters
    normals: Float32  # (V, 3) length 1, outward
    uv: Float32  # (V, 2) of the texture, which repeats every 1
    triangles: Ints  # (T, 3)
    material: Ints  # (T,)
    patch: Ints  # (T,) which smooth surface it is part of: where that changes, an image has an edge
    thin: NDArray[np.bool_]  # (T,) a sheet, seen from both sides: its back is no inside


@dataclass(frozen=True, eq=False)
class Materials:
    """What surfaces are made of."""

    texture: Ints  # (M,) row of the atlas
    tint: Float32  # (M, 3) factors of the texture's linear color
    glow: Float32  # (M,) 0: lit by lamps; above: shines so bright itself, whatever the lamps do
    gloss: Float32  # (M,) strength of highlights


@dataclass(frozen=True, eq=False)
class Lamps:
    """Small sources of light, for highlights and shadows."""

    place: Float32  # (L, 3) meters
    colour: Float32  # (L, 3) linear: power over squared distance, in units of what looks white


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the floor, a rectangle along the axes."""

    x0: float
    y0: float
    x1: float
    y1: float
    height: float
    kind: str = "living"

    @property
    def area(self) -> float:
        """Area in square meters."""
        return (self.x1 - self.x0) * (self.y1 - self.y0)


@dataclass(frozen=True, eq=False)
class Solids:
    """Boxes around all that stands in the rooms, turned about z: where no camera may be."""

    centre: Float64  # (S, 3) meters
    half: Float64  # (S, 3) meters
    yaw: Float64  # (S,) radians

    def distance(self, xyz: Float64) -> Float64:
        """Return the distance (N,) of points (N, 3) to the nearest box; 0 inside one, infinite if there is none."""
        if not len(self.yaw):
            return np.full(len(xyz), np.inf)
        offset = xyz[:, None] - self.centre
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        local = np.stack(
            [offset[..., 0] * cos + offset[..., 1] * sin, offset[..., 1] * cos - offset[..., 0] * sin, offset[..., 2]],
            axis=-1,
        )
        outside = np.maximum(np.abs(local) - self.half, 0.0)
        return np.asarray(np.linalg.norm(outside, axis=-1).min(axis=1))


@dataclass(frozen=True, eq=False)
class World:
    """All that is rendered."""

    mesh: Mesh
    materials: Materials
    textures: TextureAtlas
    light: Float32  # (V, 3) linear light that falls on each vertex
    lamps: Lamps
    rooms: tuple[Room, ...]
    solids: Solids
    exposure: float = 1.0
    seed: tuple[int, ...] = field(default=())

    @cached_property
    def rays(self) -> RayCaster:
        """Casts rays into the mesh."""
        return RayCaster(self.mesh.vertices, self.mesh.triangles)

    @cached_property
    def corners(self) -> Float32:
        """(T, 3, 8): what is blended over a triangle: uv, light, normal."""
        per_vertex = np.concatenate([self.mesh.uv, self.light, self.mesh.normals], axis=1)
        return np.ascontiguousarray(per_vertex[self.mesh.triangles], np.float32)

    @cached_property
    def texels_per_metre(self) -> Float32:
        """(T,) how fine each triangle's texture is."""
        xyz, uv = self.mesh.vertices[self.mesh.triangles], self.mesh.uv[self.mesh.triangles]
        area = np.linalg.norm(np.cross(xyz[:, 1] - xyz[:, 0], xyz[:, 2] - xyz[:, 0]), axis=1)
        one, two = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
        covered = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])
        return np.asarray(SIZE * np.sqrt(covered / np.maximum(area, 1e-12)), np.float32)
