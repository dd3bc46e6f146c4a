"""Cut surfaces into lit vertices and triangles for the renderer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc_demo.world.lighting import light
from reloc_demo.world.scene import DemoWorld, Surface

CELL = 0.22  # distance of the vertices that store the light, meters
VERTEX = np.dtype([("xyz", "<f4", 3), ("colour", "u1", 4), ("uv", "<f4", 2)])


@dataclass(frozen=True, slots=True)
class RoomMesh:
    """All surfaces of one room that share a texture."""

    room: int
    texture: str
    vertices: NDArray[Any]  # (N,) VERTEX
    triangles: NDArray[np.uint32]  # (M, 3)


def meshes(world: DemoWorld) -> list[RoomMesh]:
    """Return the world as meshes with light, one for each room and texture."""
    return [mesh for room in range(len(world.rooms)) for mesh in _room(world, room)]


def _room(world: DemoWorld, room: int) -> list[RoomMesh]:
    surfaces = sorted((s for s in world.surfaces if s.room == room), key=lambda s: s.texture)
    grids = [_grid(surface) for surface in surfaces]
    counts = [len(vertices) for vertices, _ in grids]
    xyz = np.concatenate([vertices["xyz"] for vertices, _ in grids]).astype(np.float64)
    normal = np.repeat(np.stack([surface.normal for surface in surfaces]), counts, axis=0)
    glow = np.repeat([surface.glow for surface in surfaces], counts)
    bright = np.clip(np.maximum(light(world, room, xyz, normal), glow) * 255, 0, 255)
    out, start = [], 0
    by_texture: dict[str, list[tuple[NDArray[Any], NDArray[np.int64]]]] = {}
    for surface, (vertices, triangles) in zip(surfaces, grids, strict=True):
        vertices["colour"][:, :3] = bright[start : start + len(vertices), None]
        by_texture.setdefault(surface.texture, []).append((vertices, triangles))
        start += len(vertices)
    for texture, parts in by_texture.items():
        bases = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
        triangles = np.concatenate([part[1] + base for part, base in zip(parts, bases, strict=False)])
        out.append(RoomMesh(room, texture, np.concatenate([part[0] for part in parts]), triangles.astype(np.uint32)))
    return out


def _grid(surface: Surface) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return a surface as a grid of vertices and its triangles (N, 3)."""
    nu, nv = (max(1, int(np.ceil(np.linalg.norm(edge) / CELL))) for edge in (surface.edge_u, surface.edge_v))
    s, t = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, nu + 1), np.linspace(0, 1, nv + 1)))
    vertices = np.zeros(len(s), VERTEX)
    vertices["xyz"] = surface.origin + s[:, None] * surface.edge_u + t[:, None] * surface.edge_v
    vertices["colour"] = 255
    vertices["uv"] = np.stack([s * surface.repeat[0], t * surface.repeat[1]], 1)
    k = (np.arange(nv)[:, None] * (nu + 1) + np.arange(nu)).ravel()
    lower, upper = np.stack([k, k + 1, k + nu + 2], 1), np.stack([k, k + nu + 2, k + nu + 1], 1)
    return vertices, np.concatenate([lower, upper])
