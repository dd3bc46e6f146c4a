"""Turn a localizer's messages into what the page of a running robot shows."""

from __future__ import annotations

import math

import numpy as np
from geometry_msgs.msg import PoseWithCovarianceStamped
from sensor_msgs.msg import Image

from reloc.datatypes import Lost, UInt8
from reloc.errors import PoseError
from reloc.view.live.values import LiveLook, LivePose
from reloc_msgs.msg import Status
from reloc_node.conversions.images import to_image
from reloc_node.conversions.poses import from_pose
from reloc_node.node_log import printable
from reloc_node.watched.seen import certainty_of, state_name

_LONGEST = 600  # characters of a text
_MOST = 30  # stages and references
_FARTHEST_M = 1e6


def to_live_look(status: Status, at_s: float) -> LiveLook:
    """Return what a status says. Anybody may publish one: numbers may be none, texts long."""
    stages = zip(status.stage_names[:_MOST], status.stage_ms[:_MOST], strict=False)
    return LiveLook(
        at_s=at_s,
        state=state_name(status.state),
        accepted=status.accepted,
        reason=printable(status.reason, _LONGEST),
        detail=printable(status.detail, _LONGEST),
        certainty=certainty_of(status),
        latency_ms=_finite(status.total_ms),
        age_ms=_finite(status.image_age) * 1e3,
        evidence=tuple(_evidence(status)),
        stages=tuple((printable(name, _LONGEST), _finite(ms)) for name, ms in stages),
        map_hash=printable(status.map_content_hash, _LONGEST),
    )


def to_live_pose(message: PoseWithCovarianceStamped) -> LivePose | None:
    """Return the pose in a message; None where its numbers are none, or too large to draw."""
    covariance = np.asarray(message.pose.covariance, np.float64).reshape(6, 6)
    try:
        pose = from_pose(message.pose.pose)
    except PoseError:
        return None
    if not (np.isfinite(pose).all() and np.isfinite(covariance).all() and np.abs(pose[:3, 3]).max() < _FARTHEST_M):
        return None
    return LivePose(pose, np.clip(covariance, -_FARTHEST_M, _FARTHEST_M))


def to_picture(message: Image) -> UInt8 | None:
    """Return the picture in a message, (H, W, 3) RGB; None if it cannot be decoded."""
    image = to_image(message, "rgb")
    return None if isinstance(image, Lost) else image


def _evidence(status: Status) -> list[tuple[str, str]]:
    """Return the terms of a status that are known, by name."""
    rows = [("method", printable(status.localizer, _LONGEST))]
    if status.matches:
        rows.append(("inliers", f"{status.inliers} of {status.matches}, {_finite(status.coverage):.0%} of the image"))
        rows.append(("reprojection", f"{_finite(status.reprojection_px):.2f} px"))
        rival = f" at {printable(status.runner_up_reference, _LONGEST)}" if status.runner_up_reference else ""
        rows.append(("runner-up", f"{status.runner_up_inliers} inliers{rival}"))
    for name in ("probability", "certainty"):
        value = _finite(getattr(status, name))
        rows.append((name, f"{value:.3f}" if value > 0 else "unknown"))
    pairs = list(zip(status.reference_names, status.reference_similarities, strict=False))[:3]
    if pairs:
        rows.append(("references", ", ".join(f"{printable(name, 60)} {_finite(value):.2f}" for name, value in pairs)))
    return rows


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0
