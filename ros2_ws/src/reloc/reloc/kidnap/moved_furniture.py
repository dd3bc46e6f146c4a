"""A synthetic world with moved furniture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.synth.world import Mesh, Solids, World

SHARE = 0.6  # share of the pieces that are moved
_FARTHEST_M, _MOST_RAD = 0.8, np.deg2rad(60.0)
_MARGIN_M = 0.02  # tolerance for a triangle to be inside a piece's box


def move_furniture(world: World, random: np.random.Generator) -> World:
    """Return the world with some pieces shifted on the floor and turned, with the things on them.

    The light on a piece stays that of its old place, as if the lamps had moved, too.
    """
    solids, mesh = world.solids, world.mesh
    vertices, normals = mesh.vertices.copy(), mesh.normals.copy()
    centre, yaw = solids.centre.copy(), solids.yaw.copy()
    taken = np.zeros(len(vertices), np.bool_)
    for piece in np.flatnonzero(random.random(len(solids.yaw)) < SHARE):
        of_it = _vertices_in(mesh, solids, int(piece)) & ~taken
        taken |= of_it
        angle = float(random.uniform(-_MOST_RAD, _MOST_RAD))
        way = np.append(random.uniform(-_FARTHEST_M, _FARTHEST_M, 2), 0.0)
        turn = np.array([[np.cos(angle), -np.sin(angle), 0.0], [np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]])
        pivot = solids.centre[piece]
        vertices[of_it] = ((vertices[of_it] - pivot) @ turn.T + pivot + way).astype(np.float32)
        normals[of_it] = (normals[of_it] @ turn.T).astype(np.float32)
        centre[piece] += way
        yaw[piece] += angle
    return replace(
        world,
        mesh=replace(mesh, vertices=vertices, normals=normals),
        solids=Solids(centre, solids.half, yaw),
    )


def _vertices_in(mesh: Mesh, solids: Solids, piece: int) -> NDArray[np.bool_]:
    """Return a mask of the vertices whose triangles are inside a piece's box."""
    cos, sin = np.cos(solids.yaw[piece]), np.sin(solids.yaw[piece])
    offset: Float64 = mesh.vertices - solids.centre[piece]
    local = np.column_stack(
        [offset[:, 0] * cos + offset[:, 1] * sin, offset[:, 1] * cos - offset[:, 0] * sin, offset[:, 2]]
    )
    inside = (np.abs(local) <= solids.half[piece] + _MARGIN_M).all(axis=1)
    whole = inside[mesh.triangles].all(axis=1)
    found = np.zeros(len(mesh.vertices), np.bool_)
    found[mesh.triangles[whole]] = True
    return found
