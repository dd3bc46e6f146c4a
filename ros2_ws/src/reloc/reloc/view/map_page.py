"""The page of a map: its layers, queries and trajectories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from reloc.evaluation.coverage.survey import Survey
from reloc.maps.reference_map import ReferenceMap
from reloc.view import base_layers, words
from reloc.view.answers import AnswerLayer
from reloc.view.coverage_layers import add_coverage
from reloc.view.layers import Layers
from reloc.view.map_box import MapBox
from reloc.view.palette import FRUSTUM_COLOR, QUERY_COLOR
from reloc.view.pictures import Pictures, read_pictures
from reloc.view.selection import Selection
from reloc.view.trajectories import add_trajectories
from reloc.view.trajectory_file import DrawnPath

if TYPE_CHECKING:
    from viser import ViserServer

_HINT = "Click a camera in the scene."


class MapPage:
    """A map in the browser. Queries, trajectories and coverage may be added while it is open."""

    def __init__(
        self,
        server: ViserServer,
        reference_map: ReferenceMap,
        on_done: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        """Draw the map. It works without images and without landmarks; the panel says what is missing.

        Args:
            on_done: called with the number of images read, and of all.
        """
        self.server, self.map = server, reference_map
        self._limits = base_layers.SceneLimits()
        self.pictures = read_pictures(reference_map, on_done)
        points = reference_map.landmarks.astype(np.float64)
        self.box = MapBox.of(reference_map.world_from_cam, points)
        self.size = base_layers.frustum_size(self.box)
        point_view(server, self.box)
        self._about = server.gui.add_html("", order=0.0)
        self._legend: list[str] = [words.dot(words.hexadecimal(FRUSTUM_COLOR), f"references ({len(reference_map)})")]
        self.layers = Layers(server)
        self.selection = Selection(server, _HINT)
        base_layers.add_references(
            server, self.layers, reference_map, self.pictures, self.box, self.selection, self._limits
        )
        base_layers.add_landmarks(server, self.layers, reference_map, self.pictures, self.box, self._limits)
        base_layers.add_plan(server, self.layers, points, self.box)
        self._answers: AnswerLayer | None = None
        self._tell()

    @property
    def answers(self) -> AnswerLayer:
        """The layer of queries; it is added at the first use."""
        if self._answers is None:
            self._answers = AnswerLayer(self.server, self.layers, self.map, self.selection, self.size * 1.25)
            self._legend.append(words.dot(words.hexadecimal(QUERY_COLOR), "queries, with the ellipsoid of 95 %"))
            self._tell()
        return self._answers

    def add_trajectories(self, paths: Sequence[DrawnPath]) -> None:
        """Draw trajectories."""
        entries = add_trajectories(self.server, self.layers, paths, self.size * 0.8)
        self._legend += [words.dot(words.hexadecimal(color), text) for text, color in entries]
        self._tell()

    def add_coverage(self, survey: Survey) -> None:
        """Draw the coverage of the map."""
        self._legend += add_coverage(self.server, self.layers, survey, self.box, self.size)
        self._tell()

    def _tell(self) -> None:
        self._about.content = words.box(words.table(about_map(self.map, self.pictures, self._limits)), *self._legend)


def point_view(server: ViserServer, box: MapBox) -> None:
    """Point the first camera of every browser at a box, so that it fills the view."""
    server.scene.set_up_direction(box.up)
    server.initial_camera.up = box.up
    server.initial_camera.fov = box.fov_rad
    server.initial_camera.position, server.initial_camera.look_at = box.viewpoint()


def about_map(
    reference_map: ReferenceMap, pictures: Pictures, limits: base_layers.SceneLimits
) -> list[tuple[str, str]]:
    """Return rows about a map, with what it lacks."""
    count = len(reference_map)
    rows = [("map", reference_map.manifest.name), ("references", str(count))]
    if reference_map.has_landmarks:
        shown = min(len(reference_map.landmarks), limits.points)
        part = f", the {shown} seen most are drawn" if shown < len(reference_map.landmarks) else ""
        rows.append(("landmarks", f"{len(reference_map.landmarks)}{part}"))
    else:
        rows.append(("landmarks", "none: built with --landmarks none"))
    if pictures.missing:
        rows.append(("images", f"{pictures.missing} of {count} are missing: those cameras are empty"))
    if count > limits.frusta:
        rows.append(("images shown", f"{limits.frusta} of {count}; the others are lines"))
    return rows
