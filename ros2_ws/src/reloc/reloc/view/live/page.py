"""The page of a running robot: map, robot, states, latency, evidence, image, log and buttons."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from reloc.datatypes import UInt8
from reloc.maps.reference_map import ReferenceMap
from reloc.view import base_layers, words
from reloc.view.layers import Layers
from reloc.view.live.change_log import ChangeLog
from reloc.view.live.latency import LatencyChart
from reloc.view.live.robot import RobotLayer
from reloc.view.live.state_bar import SPAN_S, StateBar, color
from reloc.view.live.values import LiveButtons, LiveLook, LivePose
from reloc.view.map_box import MapBox
from reloc.view.map_page import about_map, point_view
from reloc.view.pictures import read_pictures
from reloc.view.selection import Selection

if TYPE_CHECKING:
    from viser import ViserServer

_ROBOT_M = 0.5  # length of the drawn robot in a map of ordinary size
_NO_IMAGE = np.full((2, 8, 3), 255, np.uint8)
_WAITING = "No map yet."
# The map is the background here, and a robot's machine may have to serve and to draw the page.
_LIMITS = base_layers.SceneLimits(frusta=100, points=40_000)


class LivePage:
    """A running robot in the browser. It may be told by several threads; :meth:`refresh` shows what was told."""

    def __init__(self, server: ViserServer, buttons: LiveButtons) -> None:
        self.server = server
        self._lock = threading.RLock()
        self._look: LiveLook | None = None
        self._state, self._state_detail = "", ""
        self._map_rows: list[tuple[str, str]] = []
        self._map_hash, self._note = "", _WAITING
        self.timeline, self.log = StateBar(), ChangeLog()
        gui = server.gui
        self._headline = gui.add_html("", order=0.0)
        self._relocalize = gui.add_button("Relocalize", order=0.1, hint="~/relocalize: search until it is certain")
        self._reinitialize = gui.add_button(
            "Forget the place", order=0.2, color="gray", hint="~/reinitialize_global_localization"
        )
        with gui.add_folder("States", order=0.5):
            self._timeline = gui.add_html("")
        with gui.add_folder("Image and evidence", order=0.6):
            self._image = gui.add_image(_NO_IMAGE, format="jpeg", jpeg_quality=75, visible=False)
            self._evidence = gui.add_html("")
        with gui.add_folder("Latency", order=0.7):
            self._latency = LatencyChart(server)
        with gui.add_folder("Log", order=0.8):
            self._log = gui.add_html("")
        self.layers = Layers(server)
        self._about = gui.add_html("", order=3.5)
        self.selection = Selection(server, "Click a reference in the scene.")
        self.robot = RobotLayer(
            server, self.layers.add("Robot", "the newest pose, its ellipsoid of 95 %, its path"), _ROBOT_M
        )
        self._relocalize.on_click(lambda event: buttons.relocalize())
        self._reinitialize.on_click(lambda event: buttons.reinitialize())
        self._shown: dict[str, str] = {}
        self.refresh()

    def set_map(self, reference_map: ReferenceMap) -> None:
        """Draw a map; it replaces the former one. It takes a second for some hundred references."""
        pictures = read_pictures(reference_map)
        points = reference_map.landmarks.astype(np.float64)
        box = MapBox.of(reference_map.world_from_cam, points)
        with self._lock:
            for title in ("References", "Landmarks", "Floor plan"):
                self.layers.empty(title)
            base_layers.add_references(self.server, self.layers, reference_map, pictures, box, self.selection, _LIMITS)
            base_layers.add_landmarks(self.server, self.layers, reference_map, pictures, box, _LIMITS)
            base_layers.add_plan(self.server, self.layers, points, box)
            point_view(self.server, box)
            self._map_rows, self._map_hash = about_map(reference_map, pictures, _LIMITS), reference_map.content_hash
            self._note = ""

    def tell(self, note: str) -> None:
        """Say why there is no map, or what is being fetched."""
        with self._lock:
            self._note = note

    def see(self, look: LiveLook) -> None:
        """Take a look of the localizer."""
        with self._lock:
            self._look = look
            self._latency.add(look)

    def move(self, pose: LivePose) -> None:
        """Take an accepted pose."""
        with self._lock:
            self.robot.move(pose, self._state)

    def show_image(self, image: UInt8) -> None:
        """Show the localizer's debug image, (H, W, 3) RGB."""
        self._image.image = image
        self._image.visible = True

    def set_state(self, state: str, detail: str = "") -> None:
        """Take the state of the localizer, or that it is silent."""
        with self._lock:
            if self.timeline.note(time.monotonic(), state):
                self.log.add(f"{state}{f': {detail}' if detail else ''}")
                self.robot.show(state)
            self._state, self._state_detail = state, detail

    def add_log(self, text: str) -> None:
        """Add a line to the log."""
        with self._lock:
            self.log.add(text)

    def refresh(self) -> None:
        """Show what was told. Call it a few times a second; what did not change is not sent."""
        now = time.monotonic()
        with self._lock:
            self.robot.refresh()
            self._set("headline", self._headline, self._headline_html())
            self._set("timeline", self._timeline, self.timeline.html(now))
            self._set("evidence", self._evidence, self._evidence_html())
            self._set("log", self._log, self.log.html())
            self._set("about", self._about, self._about_html())
            if self._look is not None:
                self._latency.refresh(now, SPAN_S)

    def _set(self, name: str, handle: Any, content: str) -> None:
        if self._shown.get(name) != content:
            self._shown[name] = handle.content = content

    def _headline_html(self) -> str:
        state = self._state or "waiting"
        look = self._look
        said = self._state_detail
        parts = [f'<div style="font-size:1.35em;font-weight:700;color:{color(state)}">{words.text(state)}</div>']
        if said:
            parts.append(words.line(said))
        if look is not None and look.certainty > 0:
            parts.append(words.line(f"certainty {look.certainty:.3f}"))
        return words.box(*parts)

    def _evidence_html(self) -> str:
        look = self._look
        if look is None:
            return words.box(words.line("No image was processed yet."))
        verdict = "accepted" if look.accepted else f"no pose: {look.reason}"
        color_ = "#047857" if look.accepted else "#b91c1c"
        stages = ", ".join(f"{name} {ms:.0f}" for name, ms in look.stages)
        rows = [*look.evidence, ("time", f"{look.latency_ms:.0f} ms" + (f": {stages}" if stages else ""))]
        detail = [words.line(look.detail)] if look.detail else []
        return words.box(words.line(verdict, bold=True, color=color_), *detail, words.table(rows))

    def _about_html(self) -> str:
        look = self._look
        rows = list(self._map_rows)
        parts = [words.line(self._note)] if self._note else []
        if self._map_hash and look is not None and look.map_hash and look.map_hash != self._map_hash:
            parts.append(words.line(f"The robot uses another map: {look.map_hash[:12]}", color="#b91c1c"))
        return words.box(*parts, words.table(rows))
