"""Compute light on every vertex once per world: lamps with soft shadows, sky light, and reflections from walls."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float32
from reloc.synth.ray_caster import RayCaster
from reloc.synth.world import Lamps, Mesh

SKY_RAYS = 12
LAMP_RAYS = 3
REACH = 1.5  # meters; only nearer surfaces darken a corner
_OFF = 0.008  # start of rays above the surface, meters, so that the surface does not shade itself


def light_on(
    mesh: Mesh, rays: RayCaster, lamps: Lamps, ambient: Float32, size: float, random: np.random.Generator
) -> Float32:
    """Return linear light (V, 3) on each vertex."""
    normals = mesh.normals
    # Vertices are on edges, where neighbors touch, so rays start slightly inside the surface's border, and above it.
    start = mesh.vertices + _OFF * normals + 0.02 * (_middles(mesh) - mesh.vertices)
    light = ambient * _openness(start, normals, rays, random)[:, None]
    for place, colour in zip(lamps.place, lamps.colour, strict=True):
        light += _from_lamp(start, normals, rays, place, size, random)[:, None] * colour
    return np.asarray(light, np.float32)


def _middles(mesh: Mesh) -> Float32:
    """Return (V, 3) the middle of a triangle at each vertex."""
    middles = np.zeros_like(mesh.vertices)
    middles[mesh.triangles.T.ravel()] = np.tile(mesh.vertices[mesh.triangles].mean(axis=1), (3, 1))
    return middles


def _openness(start: Float32, normals: Float32, rays: RayCaster, random: np.random.Generator) -> Float32:
    """Return (V,) the free share of the half space, with a minimum because obstacles reflect light."""
    ball = random.standard_normal((len(start), SKY_RAYS, 3)).astype(np.float32)
    ball /= np.linalg.norm(ball, axis=2, keepdims=True)
    directions = ball + 1.02 * normals[:, None]  # distributed as the cosine
    directions *= REACH / np.linalg.norm(directions, axis=2, keepdims=True)
    shape = (-1, 3)
    blocked = rays.is_blocked(
        np.repeat(start, SKY_RAYS, axis=0), directions.reshape(shape), np.ones(directions.size // 3, np.float32)
    )
    free = 1.0 - blocked.reshape(len(start), SKY_RAYS).mean(axis=1)
    return np.asarray(0.25 + 0.75 * free, np.float32)


def _from_lamp(
    start: Float32, normals: Float32, rays: RayCaster, place: Float32, size: float, random: np.random.Generator
) -> Float32:
    """Return (V,) the lamp's light without its color."""
    facing = np.flatnonzero(np.einsum("vi,vi->v", place - start, normals) > 0.0)
    jitter = random.uniform(-0.5 * size, 0.5 * size, (len(facing), LAMP_RAYS, 3)).astype(np.float32)
    to_lamp = place + jitter - start[facing, None]
    squared = np.einsum("vri,vri->vr", to_lamp, to_lamp)
    cosine = np.einsum("vri,vi->vr", to_lamp, normals[facing]) / np.sqrt(squared)
    blocked = rays.is_blocked(
        np.repeat(start[facing], LAMP_RAYS, axis=0),
        to_lamp.reshape(-1, 3),
        np.full(to_lamp.size // 3, 0.97, np.float32),  # the lamp's own shade is no obstacle
    ).reshape(squared.shape)
    out = np.zeros(len(start), np.float32)
    out[facing] = (np.maximum(cosine, 0.0) / np.maximum(squared, 0.25) * ~blocked).mean(axis=1)
    return out
