"""Derive the offered quality of service from the recorded one."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rosbags.interfaces import QosDurability, QosReliability

from reloc.errors import ConfigError
from reloc.maps.bags.reader import BagTopic

DEPTH = 10
MOST_LATCHED = 1000  # most messages kept for late subscribers of one topic


def offered(topic: BagTopic) -> tuple[QoSProfile, bool]:
    """Return a profile that every subscriber of the recorded publishers accepts, and whether it is latched.

    If there were several publishers, the strongest offer is used: reliable also serves best-effort subscribers, and
    transient local also serves volatile ones. One publisher replaces several, so a latched topic keeps all recorded
    messages. For bags without recorded QoS, the topic's name decides.
    """
    reliable = not topic.qos or any(q.reliability != QosReliability.BEST_EFFORT for q in topic.qos)
    latched = any(q.durability == QosDurability.TRANSIENT_LOCAL for q in topic.qos)
    if not topic.qos:
        latched = topic.name.endswith("tf_static")
    depth = max([DEPTH, *(q.depth for q in topic.qos if q.depth < MOST_LATCHED)])
    if latched:
        depth = max(depth, min(topic.count, MOST_LATCHED))
    return _profile(reliable, latched, depth), latched


def override(qos: QoSProfile, text: str, topic: BagTopic) -> tuple[QoSProfile, bool]:
    """Return ``qos`` with the policies in ``text``, joined by commas.

    Raises:
        ConfigError: an unknown policy.
    """
    reliable = qos.reliability == ReliabilityPolicy.RELIABLE
    latched = qos.durability == DurabilityPolicy.TRANSIENT_LOCAL
    depth = qos.depth
    for word in text.split(","):
        if word in ("reliable", "best_effort"):
            reliable = word == "reliable"
        elif word in ("transient_local", "volatile"):
            latched = word == "transient_local"
        elif word.isascii() and word.isdigit() and len(word) <= 6 and int(word) > 0:
            depth = int(word)
        else:
            raise ConfigError(
                f"--qos {topic.name}={text}: {word!r}",
                "Give reliable, best_effort, transient_local, volatile or a depth",
            )
    return _profile(reliable, latched, depth), latched


def _profile(reliable: bool, latched: bool, depth: int) -> QoSProfile:
    return QoSProfile(
        depth=depth,
        history=HistoryPolicy.KEEP_LAST,
        reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
    )
