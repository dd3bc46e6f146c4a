"""The layer of queries: those with a pose are drawn, those that are lost are listed with their reason."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from reloc.datatypes import Localized, Lost
from reloc.errors import ImageError
from reloc.evaluation.answering import Answered
from reloc.evaluation.matches.drawing import draw_matches
from reloc.evaluation.matches.finding import MatchFinder
from reloc.evaluation.outcome import sigma_deg, sigma_m
from reloc.images import resize_to, to_rgb
from reloc.maps.reference_map import ReferenceMap
from reloc.view import nodes, words
from reloc.view.layers import Layers
from reloc.view.palette import CHOSEN_COLOR, QUERY_COLOR
from reloc.view.pictures import THUMBNAIL
from reloc.view.selection import Selection

if TYPE_CHECKING:
    from viser import ViserServer

    from reloc.datatypes import UInt8

_BAD = "#b91c1c"


class AnswerLayer:
    """Draws answers as they come. It may be told and clicked by different threads."""

    def __init__(
        self, server: ViserServer, layers: Layers, reference_map: ReferenceMap, selection: Selection, size: float
    ) -> None:
        """Make the layer.

        Args:
            size: depth of the frusta, meters.
        """
        self._server, self._map, self._selection, self._size = server, reference_map, selection, size
        self._layer = layers.add("Queries", "images that were localized: click one for its matches")
        with server.gui.add_folder("Queries", order=2.0):
            self._summary = server.gui.add_html("")
            self._next = server.gui.add_button("Show the next query", visible=False)
        self._answers: list[tuple[str, Answered]] = []
        self._frusta: dict[int, Any] = {}
        self._chosen = -1
        self._matches = MatchFinder(reference_map)
        self._lock = threading.RLock()
        self._total = 0
        self._next.on_click(lambda event: self._choose_next())

    def expect(self, total: int) -> None:
        """Show that this number of answers will come."""
        with self._lock:
            self._total = total
            self._tell()

    def add(self, name: str, answered: Answered) -> None:
        """Draw or list an answer."""
        with self._lock:
            number = len(self._answers)
            self._answers.append((name, answered))
            if isinstance(answered.answer, Localized) and answered.query is not None:
                self._draw(number, answered.answer, answered)
            self._next.visible = True
            self._tell()

    @property
    def lost(self) -> list[tuple[str, Lost]]:
        """Names and answers of the images without a pose."""
        return [(name, one.answer) for name, one in self._answers if isinstance(one.answer, Lost)]

    def choose(self, number: int) -> None:
        """Show an answer in the panel: its evidence, and its matches with the best reference."""
        with self._lock:
            for index, color in ((self._chosen, QUERY_COLOR), (number, CHOSEN_COLOR)):
                if index in self._frusta:
                    self._frusta[index].color = color
            self._chosen = number
            name, answered = self._answers[number]
            picture, note = self._picture(answered)
            details = words.table(self._rows(answered.answer, answered.ms) + note)
            self._selection.show(name, details, picture)

    def _choose_next(self) -> None:
        with self._lock:
            if self._answers:
                self.choose((self._chosen + 1) % len(self._answers))

    def _draw(self, number: int, answer: Localized, answered: Answered) -> None:
        assert answered.query is not None
        image, camera = to_rgb(answered.query.image), answered.query.camera
        name, color = f"{self._layer}/{number}", QUERY_COLOR
        frustum = nodes.add_camera(
            self._server, name, answer.world_from_cam, camera, self._size, color, resize_to(image, THUMBNAIL)
        )
        self._frusta[number] = frustum
        nodes.add_covariance(
            self._server, f"{self._layer}/ellipsoid_{number}", answer.world_from_cam[:3, 3], answer.covariance, color
        )
        frustum.on_click(lambda event: self.choose(number))

    def _rows(self, answer: Localized | Lost, ms: float) -> list[tuple[str, str]]:
        if isinstance(answer, Lost):
            return [("lost", answer.reason.value), ("detail", answer.detail or "-"), ("time", f"{ms:.0f} ms")]
        support, (x, y, z) = answer.support, answer.world_from_cam[:3, 3]
        sure = "unknown: the map is not calibrated" if answer.probability is None else f"{answer.probability:.3f}"
        return [
            ("position", f"{x:.3f}, {y:.3f}, {z:.3f} m"),
            ("sigma", f"{sigma_m(answer.covariance):.4f} m, {sigma_deg(answer.covariance):.3f} deg"),
            ("inliers", f"{support.inliers} of {support.matches}, {support.coverage:.0%} of the image"),
            ("runner-up", f"{support.runner_up_inliers} inliers"),
            ("probability", sure),
            ("verified", "yes" if answer.verified else "no"),
            ("time", f"{ms:.0f} ms"),
        ]

    def _picture(self, answered: Answered) -> tuple[UInt8 | None, list[tuple[str, str]]]:
        """Return what to show of an answer's image, and what to say of it."""
        answer, query = answered.answer, answered.query
        if query is None:
            return None, []
        image = to_rgb(query.image)
        found = self._matches.best(image, query.camera, answer)
        if found is None:
            return resize_to(image, 640), []
        try:
            reference = self._map.image(found.reference)
        except ImageError as error:
            return resize_to(image, 640), [("matches", error.problem)]
        said = (
            f"{len(found.uv)}, without a pose to agree with (amber)" if found.agree is None
            else f"{int(found.agree.sum())} of {len(found.agree)} agree with the pose (green)"
        )  # fmt: skip
        return draw_matches(image, reference, found), [("matches", f"with {self._map.names[found.reference]}: {said}")]

    def _tell(self) -> None:
        lost = self.lost
        done, total = len(self._answers), max(self._total, len(self._answers))
        state = f"{done - len(lost)} of {done} localized" + (f", {total - done} to come" if total > done else "")
        rows = [words.line(f"{name}: {one.reason.value}. {one.detail}".rstrip(), color=_BAD) for name, one in lost]
        listed = [words.line(f"Lost, not drawn ({len(lost)}):", bold=True), words.scrolled(*rows)] if rows else []
        self._summary.content = words.box(words.line(state, bold=True), *listed)
