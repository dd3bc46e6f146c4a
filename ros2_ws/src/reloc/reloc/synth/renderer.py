"""Render images and depth of a world by casting rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, UInt8
from reloc.geometry.cameras import Camera
from reloc.synth.ray_caster import NOTHING, Hits
from reloc.synth.response import NEUTRAL, Response, develop
from reloc.synth.world import World

_SUBPIXELS = np.array([[-0.125, -0.375], [0.375, -0.125], [0.125, 0.375], [-0.375, 0.125]])  # a rotated square
_LINEAR = ((np.arange(1025) / 1024.0) ** 2.2).astype(np.float32)  # linear value of a texture's color


@dataclass(frozen=True, slots=True, eq=False)
class RenderedView:
    """The light, depth and surfaces in one camera, before its response."""

    radiance: Float32  # (H, W, 3) linear
    depth: Float32  # (H, W) meters along the optical axis; 0 without a surface
    patch: NDArray[np.int32]  # (H, W) the surface's number, as in Mesh; NOTHING without a surface


def render(
    world: World,
    world_from_cam: Float64,
    camera: Camera,
    response: Response = NEUTRAL,
    random: np.random.Generator | None = None,
) -> tuple[UInt8, Float32]:
    """Return a camera's view: image (H, W, 3) RGB, and depth (H, W) in meters along the optical axis."""
    view = look(world, world_from_cam, camera)
    return develop(view.radiance * np.float32(world.exposure), response, random), view.depth


def render_depth(world: World, world_from_cam: Float64, camera: Camera) -> Float32:
    """Return only the depth (H, W) of :func:`render`, in a third of its time."""
    hits = _cast(world, world_from_cam, _directions(camera, _centres(camera), world_from_cam))
    return _depth(hits, camera)


def look(world: World, world_from_cam: Float64, camera: Camera) -> RenderedView:
    """Return light, depth and surface of each pixel."""
    uv = _centres(camera)
    directions = _directions(camera, uv, world_from_cam)
    hits = _cast(world, world_from_cam, directions)
    radiance = _radiance(world, world_from_cam, camera, directions, hits)
    patch = np.where(hits.triangle == NOTHING, NOTHING, world.mesh.patch[hits.triangle]).astype(np.int32)
    patch = patch.reshape(camera.height, camera.width)
    edges = np.flatnonzero(_edges(patch))
    if len(edges):
        finer = (uv[edges, None] + _SUBPIXELS).reshape(-1, 2)
        more = _directions(camera, finer, world_from_cam)
        colours = _radiance(world, world_from_cam, camera, more, _cast(world, world_from_cam, more))
        radiance[edges] = np.minimum(colours, 4.0).reshape(-1, len(_SUBPIXELS), 3).mean(axis=1)
    return RenderedView(radiance.reshape(camera.height, camera.width, 3), _depth(hits, camera), patch)


def _centres(camera: Camera) -> Float64:
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    return np.column_stack([u.ravel(), v.ravel()]).astype(np.float64)


def _depth(hits: Hits, camera: Camera) -> Float32:
    depth = np.where(hits.triangle == NOTHING, np.float32(0), hits.distance)
    return depth.reshape(camera.height, camera.width).astype(np.float32)


def _directions(camera: Camera, uv: Float64, world_from_cam: Float64) -> Float32:
    """Return directions that are one meter long along the optical axis, so that a hit's distance is its depth."""
    xy = camera.normalize(uv)
    return (np.column_stack([xy, np.ones(len(xy))]) @ world_from_cam[:3, :3].T).astype(np.float32)


def _cast(world: World, world_from_cam: Float64, directions: Float32) -> Hits:
    start = np.broadcast_to(world_from_cam[:3, 3].astype(np.float32), directions.shape)
    return world.rays.first_hits(start, directions)


def _edges(patch: NDArray[np.int32]) -> NDArray[np.bool_]:
    edge = np.zeros(patch.shape, np.bool_)
    beside, below = patch[:, 1:] != patch[:, :-1], patch[1:] != patch[:-1]
    edge[:, 1:] |= beside
    edge[:, :-1] |= beside
    edge[1:] |= below
    edge[:-1] |= below
    return edge


def _radiance(world: World, world_from_cam: Float64, camera: Camera, directions: Float32, hits: Hits) -> Float32:
    """Return linear light (N, 3) from the surfaces along the rays."""
    triangle = hits.triangle
    blended = np.einsum("nc,ncx->nx", hits.barycentric, world.corners[triangle])
    uv, light, normal = blended[:, :2], blended[:, 2:5], blended[:, 5:]
    material = world.mesh.material[triangle]
    length = np.sqrt(np.einsum("ni,ni->n", directions, directions))
    slant = np.abs(np.einsum("ni,ni->n", directions, normal)) / length
    # A pixel covers a long area of a slanted surface. Its mean side is a compromise between blur and aliasing.
    side = hits.distance * length / (0.5 * (camera.fx + camera.fy)) / np.sqrt(np.maximum(slant, 0.05))
    texels = side.astype(np.float32) * world.texels_per_metre[triangle]
    colour = world.textures.look_up(world.materials.texture[material], uv, texels)
    albedo = _LINEAR[(colour * np.float32(1024 / 255)).astype(np.int32)] * world.materials.tint[material]
    glow = world.materials.glow[material][:, None]
    radiance = albedo * np.where(glow > 0.0, glow, light)
    glossy = np.flatnonzero(world.materials.gloss[material] > 0.0)
    if len(glossy):
        radiance[glossy] += _highlights(
            world, world_from_cam, directions[glossy], hits.distance[glossy], normal[glossy], material[glossy]
        )
    radiance[triangle == NOTHING] = 0.0
    return radiance.astype(np.float32, copy=False)


def _highlights(
    world: World,
    world_from_cam: Float64,
    directions: Float32,
    distance: Float32,
    normal: Float32,
    material: NDArray[np.int32],
) -> Float32:
    """Return highlights of the lamps (formula of Blinn and Phong), without shadows."""
    place = world_from_cam[:3, 3].astype(np.float32) + directions * distance[:, None]
    ahead = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    gloss = world.materials.gloss[material]
    total = np.zeros((len(place), 3), np.float32)
    for lamp, colour in zip(world.lamps.place, world.lamps.colour, strict=True):
        to_lamp = lamp - place
        squared = np.einsum("ni,ni->n", to_lamp, to_lamp)
        halfway = to_lamp / np.sqrt(squared)[:, None] - ahead
        halfway /= np.maximum(np.linalg.norm(halfway, axis=1, keepdims=True), 1e-6)
        cosine = np.clip(np.einsum("ni,ni->n", halfway, normal), 0.0, 1.0)
        strength = gloss * cosine ** (20.0 + 80.0 * gloss) / np.maximum(squared, 0.3)
        total += strength[:, None] * colour
    return total
