"""A picture of what a localizer saw: the image, the points the pose explains, and the verdict in words."""

from __future__ import annotations

import cv2
import numpy as np
from cv_bridge import CvBridge
from sensor_msgs.msg import Image

from reloc.datatypes import Localized, UInt8
from reloc_node.conversions.poses import to_header
from reloc_node.conversions.status import reason
from reloc_node.look import Look

_BRIDGE = CvBridge()
_GREEN, _RED, _WHITE, _BLACK = (60, 200, 60), (225, 60, 50), (255, 255, 255), (0, 0, 0)
_BAND = 24  # pixels, the strip with the text


def to_debug_image(look: Look, frame_id: str, max_side: int, reference: UInt8 | None) -> Image | None:
    """An rgb8 message, or ``None`` where there was no image; ``reference`` (H, W, 3) RGB is drawn beside it."""
    if look.image is None:
        return None
    canvas, scale = _shrunk(look.image, max_side)
    colour = _GREEN if look.verdict.accepted else _RED
    if look.answer.support is not None:
        for u, v in look.answer.support.uv_inliers:
            cv2.circle(canvas, (round(float(u) * scale), round(float(v) * scale)), 3, colour, 1, cv2.LINE_AA)
    if reference is not None:
        canvas = np.hstack([canvas, _fitted(reference, canvas.shape[0])])
    canvas = np.vstack([canvas, np.full((_BAND, canvas.shape[1], 3), _BLACK, np.uint8)])
    cv2.putText(canvas, _text(look), (6, canvas.shape[0] - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _WHITE, 1, cv2.LINE_AA)
    cv2.rectangle(canvas, (0, 0), (canvas.shape[1] - 1, canvas.shape[0] - 1), colour, 2)
    message = _BRIDGE.cv2_to_imgmsg(canvas, encoding="rgb8")
    message.header = to_header(frame_id, look.stamp_ns)
    return message


def _text(look: Look) -> str:
    words = [look.verdict.state.name]
    if isinstance(look.answer, Localized):
        support = look.answer.support
        words.append(f"{support.inliers}/{support.matches} inliers, {support.reprojection_px:.2f} px")
    words += [word for word in reason(look) if word]
    return "  ".join(words)


def _shrunk(image: UInt8, max_side: int) -> tuple[UInt8, float]:
    scale = min(1.0, max_side / max(image.shape[:2]))
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else image.copy()
    return (cv2.cvtColor(small, cv2.COLOR_GRAY2RGB) if small.ndim == 2 else small), scale


def _fitted(reference: UInt8, height: int) -> UInt8:
    width = max(1, round(reference.shape[1] * height / reference.shape[0]))
    return np.asarray(cv2.resize(reference, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
