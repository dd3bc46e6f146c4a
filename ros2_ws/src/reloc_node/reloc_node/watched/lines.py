"""Format the state of a localizer as a line of text or of JSON."""

from __future__ import annotations

import json
import time
from dataclasses import asdict

from reloc_node.node_log import printable
from reloc_node.watched.seen import LocalizerSeen

_LONGEST = 200  # longest detail, in characters


def as_line(seen: LocalizerSeen) -> str:
    """Return a line for a person: time of day, state, pose or reason, rate."""
    words = [time.strftime("%H:%M:%S"), f"{seen.state:<13}"]
    if seen.pose is not None:
        x, y, z = seen.pose.position
        words.append(
            f"x {x:.2f} y {y:.2f} z {z:.2f} m  yaw {seen.pose.yaw_deg:.1f} deg  sigma {seen.pose.sigma_m:.2f} m"
        )
        if seen.certainty > 0.0:
            words.append(f"certainty {seen.certainty:.3f}")
    else:
        why = ": ".join(text for text in (seen.reason, seen.detail) if text)
        words.append(printable(why, _LONGEST) or "no pose")
    if seen.rate_hz > 0.0:
        words.append(f"{seen.rate_hz:.1f} Hz")
    return "  ".join(words)


def as_json(seen: LocalizerSeen) -> str:
    """Return a line for a program: one object with all keys."""
    values = asdict(seen)
    pose = values.pop("pose") or {}
    names = ("stamp_s", "frame", "position", "quaternion", "yaw_deg", "sigma_m")
    return json.dumps(values | {name: pose.get(name) for name in names}, allow_nan=False)
