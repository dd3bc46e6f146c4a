"""Choose the topics of a bag to play, with name, type and quality of service."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.exceptions import InvalidTopicNameException
from rclpy.qos import QoSProfile
from rclpy.validate_full_topic_name import validate_full_topic_name
from rclpy.validate_topic_name import validate_topic_name

from reloc.errors import BagError, ConfigError
from reloc.maps.bags.reader import BagTopic
from reloc_node.node_log import printable, shown
from reloc_node.replaying.offered_qos import offered, override

CLOCK = "/clock"
LONGEST_NAME = 240  # characters; DDS allows 255 with ROS's prefix
_TYPE = re.compile(r"(?P<package>[a-z][a-z0-9_]{0,254})/msg/(?P<message>[A-Z][A-Za-z0-9]{0,254})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlayedTopic:
    """One topic, ready to be published."""

    name: str  # in the bag
    published_as: str
    type: Any  # the message class
    qos: QoSProfile
    latched: bool


@dataclass(frozen=True, slots=True)
class ReplayChoice:
    """The topics to play, and a line for each that is left out."""

    topics: tuple[PlayedTopic, ...]
    skipped: tuple[str, ...]


def choose_topics(
    topics: Mapping[str, BagTopic],
    wanted: Sequence[str] | None,
    remaps: Iterable[str],
    qos_overrides: Iterable[str],
    *,
    with_clock: bool,
) -> ReplayChoice:
    """Match the request with the content of the bag.

    Raises:
        BagError: a requested topic is not in the bag, or none is left.
        ConfigError: a remap or an override has the wrong form.
    """
    renamed = _pairs(remaps, ":=", "--remap", "/camera/image_raw:=/image")
    overrides = _pairs(qos_overrides, "=", "--qos", "/camera/image_raw=reliable")
    for name in (*(wanted or ()), *renamed, *overrides):
        if name not in topics:
            raise BagError(f"The bag has no topic {name}", f"The bag has: {', '.join(sorted(topics)) or 'none'}")
    played, skipped = [], []
    for name in sorted(topics) if wanted is None else wanted:
        topic = topics[name]
        target = renamed.get(name, name)
        if target == CLOCK and with_clock:
            skipped.append(f"{name}: /clock is made here; pass --clock 0 to play the recorded one")
            continue
        problem = _problem(target)
        if problem:
            skipped.append(f"{shown(name)}: {problem}")
            continue
        message_type = _load_type(topic.type)
        if message_type is None:
            skipped.append(f"{name}: its type {printable(topic.type, 200)} is not installed")
            continue
        qos, latched = offered(topic)
        if name in overrides:
            qos, latched = override(qos, overrides[name], topic)
        played.append(PlayedTopic(name, target, message_type, qos, latched))
    if not played:
        raise BagError("No topic is left to play", "; ".join(skipped) or "The bag is empty")
    return ReplayChoice(tuple(played), tuple(skipped))


def _problem(topic: str) -> str:
    """Return why ROS would refuse a topic's name; empty if it would accept the name."""
    if "\0" in topic or len(topic) > LONGEST_NAME:
        return f"{shown(topic)} is not a topic name"
    try:
        validate_topic_name(topic)
        if not topic.startswith("~"):  # a ROS name for the player itself
            validate_full_topic_name(f"/{topic.removeprefix('/')}")
    except (InvalidTopicNameException, ValueError, TypeError) as error:
        return f"{shown(topic)} is not a topic name ({str(error).splitlines()[0]})"
    return ""


def _load_type(name: str) -> Any:
    """Return the class of ``package/msg/Name``, or None if it is not installed."""
    match = _TYPE.fullmatch(name)
    if match is None:  # the bag's text names a Python module below: only messages are imported
        return None
    try:
        found = getattr(importlib.import_module(f"{match['package']}.msg"), match["message"], None)
    except ImportError:
        return None
    return found if hasattr(found, "get_fields_and_field_types") else None


def _pairs(texts: Iterable[str], sign: str, option: str, example: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        left, found, right = text.partition(sign)
        if not (left and found and right):
            raise ConfigError(f"{option} {text}", f"Write it as {option} {example}")
        pairs[left] = right
    return pairs
