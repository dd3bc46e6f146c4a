"""The layers of `map check`: where localization works, which places look alike, where views are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reloc.evaluation.coverage.colours import COLOURS, WORDS
from reloc.evaluation.coverage.finding import STATES
from reloc.evaluation.coverage.survey import MethodSurvey, Survey
from reloc.maps.reference_map import ReferenceMap
from reloc.view import words
from reloc.view.layers import Layers
from reloc.view.map_box import MapBox
from reloc.view.palette import rgb

if TYPE_CHECKING:
    from viser import ViserServer

_MOST_ADVICE = 40  # labels: more hide the map
_ROW = 30  # advice in the panel
_UNKNOWN = "The map is not calibrated. `reloc view --check` tries each reference against the others."


def add_coverage(server: ViserServer, layers: Layers, survey: Survey, box: MapBox, size: float) -> list[str]:
    """Add the layers, and the advice to the panel.

    Args:
        survey: the map's coverage; without a method it says only what the references themselves show.
        size: depth of the references' frusta, meters.

    Returns:
        The entries of the legend, as HTML.
    """
    with server.gui.add_folder("Map check", expand_by_default=False, order=4.0):
        told = server.gui.add_html("")
    parts = []
    for method in survey.methods:
        suffix = f" ({method.method})" if len(survey.methods) > 1 else ""
        parts += [*_add_states(server, layers, survey.reference_map, method, suffix, size)]
        _add_look_alikes(server, layers, survey.reference_map, method, suffix)
    advice = [*survey.advice, *(one for method in survey.methods for one in method.advice)]
    layer = layers.add("Missing views", "where `reloc map check --report` advises to add views", visible=False)
    for number, one in enumerate(advice[:_MOST_ADVICE], 1):
        height = float(np.median(survey.reference_map.world_from_cam[list(one.references), :3, 3] @ box.up))
        at = box.axes.T @ np.array([*one.at, height])
        server.scene.add_label(f"{layer}/{number}", f"add views {number}", position=at, anchor="bottom-center")
    rows = [words.line(f"{number}. {one.text}") for number, one in enumerate(advice[:_ROW], 1)]
    told.content = words.box(
        *([] if parts else [words.line(_UNKNOWN)]),
        *([words.line("Add views:", bold=True), words.scrolled(*rows)] if rows else []),
    )
    return parts


def _add_states(
    server: ViserServer, layers: Layers, reference_map: ReferenceMap, method: MethodSurvey, suffix: str, size: float
) -> list[str]:
    layer = layers.add(f"Coverage{suffix}", "which references the others can localize")
    title = f"Leave-one-out of {method.method}" if method.method else "Each reference against the others"
    parts = [words.line(f"{title}: {method.count('works')} of {method.tried} work")]
    for state in STATES:
        of_it = [one.index for one in method.findings if one.state == state]
        if not of_it:
            continue
        server.scene.add_point_cloud(
            f"{layer}/{state}", reference_map.world_from_cam[of_it, :3, 3].astype(np.float32), rgb(COLOURS[state]),
            point_size=size * 0.25, point_shape="circle", precision="float32", point_shading="flat",
        )  # fmt: skip
        parts.append(words.dot(COLOURS[state], f"{WORDS[state]} ({len(of_it)})"))
    return parts


def _add_look_alikes(
    server: ViserServer, layers: Layers, reference_map: ReferenceMap, method: MethodSurvey, suffix: str
) -> None:
    if not method.look_alikes:
        return
    layer = layers.add(f"Look-alikes{suffix}", "places that are confused: a line joins two of them")
    xyz = reference_map.world_from_cam[:, :3, 3]
    for one in method.look_alikes:
        pairs = np.array([(pair.reference, pair.rival) for pair in one.pairs])
        color = rgb(COLOURS["wrong" if one.count("wrong") else "ambiguous"])
        server.scene.add_line_segments(
            f"{layer}/{one.letter}", xyz[pairs], color, thickness=2.0, thickness_units="screen"
        )
        for end, index in (("a", one.worst.reference), ("b", one.worst.rival)):
            server.scene.add_label(
                f"{layer}/{one.letter}/{end}", one.letter, position=xyz[index], anchor="bottom-center"
            )
