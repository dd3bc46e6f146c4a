"""Convert a look to ``reloc_msgs/Status``."""

from __future__ import annotations

from collections.abc import Sequence

from reloc_msgs.msg import Status
from reloc_node.conversions.poses import NANOSECONDS, to_header
from reloc_node.look import FrameLook
from reloc_node.node_log import printable, sendable

LONGEST = 2000  # longest detail, in characters


def to_status(
    look: FrameLook, frame_id: str, localizer: str, content_hash: str, names: Sequence[str], now_ns: int, note: str = ""
) -> Status:
    """Return the message; ``names`` are the map's reference names, empty without a map; ``note`` is added to the
    detail.
    """
    answer, verdict = look.answer, look.verdict
    status = Status(header=to_header(frame_id, look.stamp_ns), localizer=localizer, map_content_hash=content_hash)
    status.state = getattr(Status, verdict.state.name)
    status.accepted = verdict.accepted
    status.reason, detail = reason(look)
    status.detail = "; ".join(words for words in (detail, note) if words)
    if answer.support is not None:
        support = answer.support
        status.matches, status.inliers = support.matches, support.inliers
        status.coverage, status.reprojection_px = float(support.coverage), float(support.reprojection_px)
        status.runner_up_inliers = support.runner_up_inliers
        if 0 <= support.runner_up < len(names):
            status.runner_up_reference = sendable(names[support.runner_up])
    used = [candidate for candidate in answer.references if candidate.index < len(names)]
    status.reference_names = [sendable(names[candidate.index]) for candidate in used]
    status.reference_similarities = [float(candidate.similarity) for candidate in used]
    status.probability, status.certainty = verdict.probability or 0.0, verdict.certainty or 0.0
    status.stage_names = list(look.stage_ms)
    status.stage_ms = [float(value) for value in look.stage_ms.values()]
    status.total_ms = float(look.total_ms)
    status.image_age = (now_ns - look.stamp_ns) / NANOSECONDS
    return status


def reason(look: FrameLook) -> tuple[str, str]:
    """Return why no pose was accepted, as a reason and as text; if one was, the text is the evidence for it."""
    if look.verdict.accepted:
        return "", printable(look.answer.support.evidence, LONGEST) if look.answer.support is not None else ""
    return look.verdict.reject_reason, printable(look.verdict.detail, LONGEST)
