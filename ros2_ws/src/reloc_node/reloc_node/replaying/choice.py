"""Which topics of a bag are played, under which name, as which type and with which quality of service."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rclpy.qos import QoSProfile

from reloc.errors import BagError, ConfigError
from reloc.maps.bags.reader import BagTopic
from reloc_node.replaying.offered_qos import offered, override

CLOCK = "/clock"


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
    """What is played, and a line for what is not."""

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
    """Match what was asked with what the bag has.

    Raises:
        BagError: a topic that was named is not in the bag, or none is left.
        ConfigError: a remap or an override is not of its form.
    """
    renamed = _pairs(remaps, ":=", "--remap", "/camera/image_raw:=/image")
    overrides = _pairs(qos_overrides, "=", "--qos", "/camera/image_raw=reliable")
    for name in (*(wanted or ()), *renamed, *overrides):
        if name not in topics:
            raise BagError(f"The bag has no topic {name}", f"It has: {', '.join(sorted(topics)) or 'none'}")
    played, skipped = [], []
    for name in sorted(topics) if wanted is None else wanted:
        topic = topics[name]
        target = renamed.get(name, name)
        if target == CLOCK and with_clock:
            skipped.append(f"{name}: /clock is made here (--clock 0 plays the recorded one)")
            continue
        message_type = _load_type(topic.type)
        if message_type is None:
            skipped.append(f"{name}: its type {topic.type} is not installed")
            continue
        qos, latched = offered(topic)
        if name in overrides:
            qos, latched = override(qos, overrides[name], topic)
        played.append(PlayedTopic(name, target, message_type, qos, latched))
    if not played:
        raise BagError("No topic is left to play", "; ".join(skipped) or "The bag is empty")
    return ReplayChoice(tuple(played), tuple(skipped))


def _load_type(name: str) -> Any:
    """The class of ``package/msg/Name``, or None where that is not installed."""
    package, _, rest = name.partition("/")
    kind, _, message = rest.partition("/")
    try:
        found = getattr(importlib.import_module(f"{package}.{kind}"), message, None)
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
