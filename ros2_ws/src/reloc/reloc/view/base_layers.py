"""The layers of every page with a map: references, landmarks, floor plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import ImageError
from reloc.images import resize_to
from reloc.maps.reference_map import ReferenceMap
from reloc.view import nodes, plan, words
from reloc.view.layers import Layers
from reloc.view.map_box import MapBox
from reloc.view.palette import FRUSTUM_COLOR
from reloc.view.pictures import Pictures
from reloc.view.selection import Selection

if TYPE_CHECKING:
    from viser import ViserServer

_PICTURE_SIDE = 640  # of a clicked reference, pixels


@dataclass(frozen=True, slots=True)
class SceneLimits:
    """How much of a map a browser is given."""

    frusta: int = 400  # with an image; the other references are lines in one node
    points: int = 150_000


def frustum_size(box: MapBox) -> float:
    """Return the depth of frusta, meters, that suits the map's size."""
    return float(np.clip(0.025 * box.size, 0.05, 0.5))


def add_references(
    server: ViserServer,
    layers: Layers,
    reference_map: ReferenceMap,
    pictures: Pictures,
    box: MapBox,
    selection: Selection,
    limits: SceneLimits,
) -> None:
    """Add a frustum for each reference; one that is clicked is shown in the panel."""
    layer = layers.add("References", "cameras of the map, with their images")
    count, size = len(reference_map), frustum_size(box)
    pictured = set(np.unique(np.linspace(0, count - 1, min(count, limits.frusta)).astype(int)).tolist())
    lines = []
    for index in range(count):
        pose, camera = reference_map.world_from_cam[index], reference_map.camera(index)
        if index not in pictured:
            lines.append(nodes.frustum_lines(pose, camera, size))
            continue
        thumbnail = pictures.thumbnails[index]
        handle = nodes.add_camera(server, f"{layer}/{index}", pose, camera, size, FRUSTUM_COLOR, thumbnail)
        handle.on_click(lambda event, index=index: show_reference(selection, reference_map, index))

    if lines:
        server.scene.add_line_segments(f"{layer}/others", np.concatenate(lines), FRUSTUM_COLOR, thickness=size * 0.02)


def show_reference(selection: Selection, reference_map: ReferenceMap, index: int) -> None:
    """Show a reference in the panel."""
    x, y, z = reference_map.world_from_cam[index, :3, 3]
    rows = [("reference", f"{index + 1} of {len(reference_map)}"), ("position", f"{x:.2f}, {y:.2f}, {z:.2f} m")]
    if reference_map.has_landmarks:
        rows.append(("landmarks", str(int((reference_map.landmark_ids(index) >= 0).sum()))))
    try:
        picture = resize_to(reference_map.image(index), _PICTURE_SIDE)
    except ImageError as error:
        picture = None
        rows.append(("image", error.problem))
    selection.show(reference_map.names[index], words.table(rows), picture)


def add_landmarks(
    server: ViserServer,
    layers: Layers,
    reference_map: ReferenceMap,
    pictures: Pictures,
    box: MapBox,
    limits: SceneLimits,
) -> None:
    """Add the landmarks in their colors; of very many, those that the most references see."""
    if not reference_map.has_landmarks:
        return
    chosen = np.argsort(-reference_map.landmark_observations, kind="stable")[: limits.points]
    server.scene.add_point_cloud(
        f"{layers.add('Landmarks', 'points that references see, in the color of their images')}/points",
        reference_map.landmarks[chosen], pictures.colors[chosen], point_shape="circle",
        point_size=min(0.0035 * box.size, 0.012 + 0.0006 * box.size), precision="float32", point_shading="flat",
    )  # fmt: skip


def add_plan(server: ViserServer, layers: Layers, points: Float64, box: MapBox) -> None:
    """Add a grid of one meter, and the walls as the landmarks show them from above."""
    world_from_floor = box.world_from_floor()
    placed = {"wxyz": nodes.wxyz(world_from_floor), "position": world_from_floor[:3, 3]}
    wide, deep = (box.high - box.low)[:2] + 1.0
    layer = layers.add("Floor plan", "a grid of 1 m, and where landmarks lie above each spot")
    server.scene.add_grid(
        f"{layer}/grid", float(np.ceil(wide)), float(np.ceil(deep)), cell_size=1.0, section_size=5.0,
        cell_color=(225, 228, 232), section_color=(190, 195, 202), **placed,
    )  # fmt: skip
    drawn = plan.draw(points, box)
    if drawn is not None:
        server.scene.add_mesh_simple(
            f"{layer}/walls", drawn[0], drawn[1], color=plan.WALL_COLOR, opacity=0.55, side="double", cast_shadow=False,
            receive_shadow=False, **placed,
        )  # fmt: skip
