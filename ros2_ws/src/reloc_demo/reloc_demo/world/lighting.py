"""Light, computed once and stored in the vertices: lamps with soft shadows, and dark corners.

The light on a point is a sum over the lamps of its room, each sampled at a few points, plus an ambient part: the share
of the half sphere above the point that is free of furniture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc_demo.world.scene import DemoWorld, Float64, Solid

AMBIENT = 0.50
LAMP = 0.75
REACH = 2.6  # distance at which a lamp's light is halved, meters
_LAMP_POINTS = np.array([(x, y, -0.05) for x in (-0.35, 0.35) for y in (-0.35, 0.35)])
_SKY = 14  # number of rays for the ambient part
_SKY_REACH = 0.9


def light(world: DemoWorld, room: int, xyz: Float64, normal: Float64) -> Float64:
    """Return the brightness (N,) of points (N, 3) in a room, with unit normals (N, 3); about 0.2 to 1."""
    solids = [solid for solid in world.solids if solid.room == room]
    start = xyz + 0.02 * normal
    total = AMBIENT * _openness(start, normal, solids)
    for lamp in world.rooms[room].lamps:
        for offset in _LAMP_POINTS:
            ray = np.array(lamp) + offset - start
            distance = np.linalg.norm(ray, axis=1)
            facing = np.maximum(0.0, (ray * normal).sum(1) / np.maximum(distance, 1e-6))
            free = ~_blocked(start, ray, solids)
            falloff = 1.0 / (1.0 + (distance / REACH) ** 2)
            total += LAMP / len(_LAMP_POINTS) * free * falloff * (0.35 + 0.65 * facing)
    return np.asarray(np.clip(total, 0.0, 1.0))


def _openness(start: Float64, normal: Float64, solids: list[Solid]) -> Float64:
    k = np.arange(_SKY) + 0.5
    tilt, turn = np.arccos(1 - 0.92 * k / _SKY), np.pi * (1 + 5**0.5) * k
    local = np.stack([np.cos(turn) * np.sin(tilt), np.sin(turn) * np.sin(tilt), np.cos(tilt)], 1)
    side = np.cross(normal, (0.31, 0.53, 0.79))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    axes = np.stack([side, np.cross(normal, side), normal], 2)  # (N, 3, 3)
    hits = [_blocked(start, _SKY_REACH * (axes @ ray), solids) for ray in local]
    return np.asarray(1.0 - 0.75 * np.mean(hits, axis=0))


def _blocked(start: Float64, ray: Float64, solids: list[Solid]) -> NDArray[np.bool_]:
    """Return whether segments from ``start`` (N, 3) along ``ray`` (N, 3) hit a box (slab test in each box's frame)."""
    hit = np.zeros(len(start), bool)
    middle, reach = start + 0.5 * ray, 0.5 * np.linalg.norm(ray, axis=1)
    for solid in solids:
        offset = solid.world_from_box[:3, 3] - middle
        near = np.flatnonzero((offset**2).sum(1) < (reach + np.linalg.norm(solid.half)) ** 2)
        near = near[~hit[near]]
        if len(near):
            hit[near] = _segment_hits(start[near], ray[near], solid)
    return hit


def _segment_hits(start: Float64, ray: Float64, solid: Solid) -> NDArray[np.bool_]:
    turn = solid.world_from_box[:3, :3]
    p, d = (start - solid.world_from_box[:3, 3]) @ turn, ray @ turn
    d = np.where(np.abs(d) < 1e-9, 1e-9, d)
    one, two = (-solid.half - p) / d, (solid.half - p) / d
    enter, leave = np.minimum(one, two).max(1), np.maximum(one, two).min(1)
    return np.asarray((enter < leave) & (leave > 1e-4) & (enter < 1.0) & (enter > -1e-4))
