"""The layer of trajectories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reloc.view import nodes
from reloc.view.layers import Layers
from reloc.view.palette import PATH_COLORS, Rgb
from reloc.view.trajectory_file import DrawnPath

if TYPE_CHECKING:
    from viser import ViserServer

_MOST_AXES = 60  # of a trajectory: more hide it


def add_trajectories(
    server: ViserServer, layers: Layers, paths: Sequence[DrawnPath], size: float
) -> list[tuple[str, Rgb]]:
    """Add a line and some axes for each trajectory; return the entries of the legend.

    Args:
        size: length of the axes, meters.
    """
    entries = []
    for number, path in enumerate(paths):
        color = PATH_COLORS[number % len(PATH_COLORS)]
        name = f"{layers.add('Trajectories', 'poses of the given files')}/{number}"
        xyz = path.world_from_body[:, :3, 3]
        if len(xyz) > 1:
            server.scene.add_line_segments(
                f"{name}/line", nodes.path_lines(xyz), color, thickness=3.0, thickness_units="screen"
            )
        chosen = np.unique(np.linspace(0, len(xyz) - 1, min(len(xyz), _MOST_AXES)).astype(int))
        turns = np.array([nodes.wxyz(path.world_from_body[index]) for index in chosen])
        server.scene.add_batched_axes(f"{name}/axes", turns, xyz[chosen], axes_length=size, axes_radius=size * 0.04)
        entries.append((f"{path.name}: {len(xyz)} poses", color))
    return entries
