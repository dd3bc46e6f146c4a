"""Draw a localizer's image and the evidence for its answer.

The picture shows the image with the points that the pose explains, the best reference with a line for each match, the
reference of the runner-up place, and the verdict as text.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import cv2
import numpy as np
from cv_bridge import CvBridge
from sensor_msgs.msg import Image

from reloc.datatypes import UInt8
from reloc.evaluation.matches.drawing import draw_lines
from reloc.evaluation.matches.finding import FoundMatches
from reloc.pages.words import frame_words
from reloc.trust.verdict import State
from reloc_msgs.msg import Status
from reloc_node.conversions.poses import to_header
from reloc_node.look import FrameLook

_BRIDGE = CvBridge()
_GREEN, _RED, _AMBER = (60, 200, 60), (225, 60, 50), (240, 170, 40)
_WHITE, _GREY, _BLACK = (255, 255, 255), (170, 170, 170), (0, 0, 0)
_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.45
_LETTER, _LINE, _EDGE = 8.2, 18, 6  # pixels
_MOST_LINES = 4  # most lines of one paragraph


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceImage:
    """One image of the map."""

    name: str
    image: UInt8  # (H, W, 3) RGB


def to_debug_image(
    look: FrameLook,
    status: Status,
    frame_id: str,
    max_side: int,
    best: ReferenceImage | None = None,
    runner_up: ReferenceImage | None = None,
    matches: FoundMatches | None = None,
) -> Image | None:
    """Return an rgb8 message; None if there was no image. The text contains only the content of ``status``.

    Args:
        matches: of the image with ``best``. Their lines are green where they agree with the pose, else red; amber if
            there is no pose.
    """
    if look.image is None:
        return None
    canvas, scale = _shrunk(look.image, max_side)
    colour = _GREEN if status.accepted else _RED
    if look.answer.support is not None:
        for u, v in look.answer.support.uv_inliers:
            cv2.circle(canvas, (round(float(u) * scale), round(float(v) * scale)), 3, colour, 1, cv2.LINE_AA)
    height = canvas.shape[0]
    parts = [canvas]
    for title, reference, edge in (("best: ", best, colour), ("runner-up: ", runner_up, _AMBER)):
        if reference is not None:
            parts.append(_titled(_fitted(reference.image, height), title + frame_words(reference.name), edge))
    picture = np.hstack(parts)
    if best is not None and matches is not None:
        draw_lines(picture, matches, scale, height / best.image.shape[0], canvas.shape[1])
    picture = np.vstack([picture, _text(status, picture.shape[1], colour)])
    cv2.rectangle(picture, (0, 0), (picture.shape[1] - 1, picture.shape[0] - 1), colour, 2)
    message = _BRIDGE.cv2_to_imgmsg(picture, encoding="rgb8")
    message.header = to_header(frame_id, look.stamp_ns)
    return message


def lines(status: Status) -> list[str]:
    """Return the status as text: result, reason, evidence, references. Names that are stamps are shown as times."""
    states = {getattr(Status, state.name): state.name for state in State}
    said = [f"{states[status.state]}, {'accepted' if status.accepted else 'no pose'} ({status.localizer})"]
    if status.reason or status.detail:
        said.append(": ".join(word for word in (status.reason, status.detail) if word))
    if status.matches:
        evidence = f"{status.inliers} of {status.matches} inliers, {status.coverage:.0%} of the image"
        if status.reprojection_px > 0:
            evidence += f", {status.reprojection_px:.2f} px"
        evidence += f"; runner-up {status.runner_up_inliers}"
        if status.runner_up_reference:
            evidence += f" at {frame_words(status.runner_up_reference)}"
        said.append(evidence)
    sure = [f"{name} {value:.4g}" for name in ("probability", "certainty") if (value := getattr(status, name)) > 0]
    if sure:
        said.append(", ".join(sure))
    if status.reference_names:
        pairs = zip(status.reference_names, status.reference_similarities, strict=True)
        said.append("references " + ", ".join(f"{frame_words(name)} {similarity:.2f}" for name, similarity in pairs))
    return said


def _text(status: Status, width: int, colour: tuple[int, int, int]) -> UInt8:
    letters = max(20, int((width - 2 * _EDGE) / _LETTER))
    rows: list[tuple[str, tuple[int, int, int]]] = []
    for i, paragraph in enumerate(lines(status)):
        wrapped = textwrap.wrap(paragraph, letters, max_lines=_MOST_LINES, placeholder=" ...")
        shade = colour if i == 0 else _GREY if paragraph.startswith("references") else _WHITE
        rows += [(row, shade) for row in wrapped]
    band = np.full((len(rows) * _LINE + _EDGE, width, 3), _BLACK, np.uint8)
    for i, (row, shade) in enumerate(rows):
        cv2.putText(band, row, (_EDGE, (i + 1) * _LINE - 3), _FONT, _SIZE, shade, 1, cv2.LINE_AA)
    return band


def _titled(image: UInt8, title: str, edge: tuple[int, int, int]) -> UInt8:
    cv2.rectangle(image, (0, 0), (image.shape[1] - 1, image.shape[0] - 1), edge, 2)
    cv2.rectangle(image, (0, 0), (image.shape[1] - 1, _LINE + 2), _BLACK, -1)
    letters = max(4, int((image.shape[1] - 2 * _EDGE) / _LETTER))
    shown = title if len(title) <= letters else f"{title[: letters - 12]}..{title[-10:]}" if letters > 14 else title
    cv2.putText(image, shown, (_EDGE, _LINE - 3), _FONT, _SIZE, _WHITE, 1, cv2.LINE_AA)
    return image


def _shrunk(image: UInt8, max_side: int) -> tuple[UInt8, float]:
    scale = min(1.0, max_side / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else image.copy()
    return (cv2.cvtColor(small, cv2.COLOR_GRAY2RGB) if small.ndim == 2 else small), scale


def _fitted(reference: UInt8, height: int) -> UInt8:
    width = max(1, round(reference.shape[1] * height / reference.shape[0]))
    return np.array(cv2.resize(reference, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
