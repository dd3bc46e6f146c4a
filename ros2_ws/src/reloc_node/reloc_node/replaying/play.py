"""Publish a bag's messages, each at its time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.serialization import serialize_message
from rclpy.signals import SignalHandlerOptions
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from tqdm import tqdm

from reloc.errors import ConfigError
from reloc.maps.bags.reader import BagReader
from reloc_node.replaying.choice import CLOCK, PlayedTopic
from reloc_node.replaying.timeline import SECOND, Timeline

PATIENCE_S = 60.0
BAR = "{l_bar}{bar}| {n:.1f}/{total} s"
LAST_WORDS = Duration(seconds=2.0)  # for subscribers to take in the last messages


@dataclass(frozen=True, slots=True)
class Played:
    """What was done."""

    messages: int
    seconds: float  # of the wall clock
    late_s: float  # the latest that a message was


@dataclass(frozen=True, slots=True)
class PlaybackPace:
    """How to begin, go on and end."""

    clock_hz: float  # 0: no clock
    loop: bool
    delay_s: float  # before the first message
    wait_for: tuple[str, ...]  # topics, as they are published


class Event(NamedTuple):
    """Something to publish."""

    bag_ns: int
    rank: int  # the clock first: who follows it is at the message's time when the message comes
    topic: str
    data: bytes


def play(bag: BagReader, topics: Sequence[PlayedTopic], timeline: Timeline, pace: PlaybackPace) -> Played:
    """Publish until the end of the timeline, or, with ``loop``, until interrupted.

    Raises:
        ConfigError: a topic to wait for is not published, or nobody subscribes to it.
    """
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)  # Ctrl-C stays a KeyboardInterrupt
    node = rclpy.create_node("reloc_replay")
    messages, late_s = 0, 0.0
    try:
        publishers = {t.name: node.create_publisher(t.type, t.published_as, t.qos) for t in topics}
        if pace.clock_hz > 0:
            publishers[CLOCK] = node.create_publisher(Clock, CLOCK, 10)
        _wait_for_subscribers(publishers, pace.wait_for)
        time.sleep(pace.delay_s)
        began = time.monotonic()
        while True:
            count, late = _play_once(bag, topics, timeline, pace.clock_hz, publishers)
            messages, late_s = messages + count, max(late_s, late)
            if not pace.loop:
                break
        seconds = time.monotonic() - began
        _let_them_hear(publishers)
    finally:
        _close(node)
    return Played(messages, seconds, late_s)


def _wait_for_subscribers(publishers: dict[str, Publisher], wanted: Sequence[str]) -> None:
    by_name = {p.topic_name: p for p in publishers.values()}
    deadline = time.monotonic() + PATIENCE_S
    for name in wanted:
        if name not in by_name:
            raise ConfigError(f"{name} is not published", f"Published are: {', '.join(sorted(by_name))}")
        while by_name[name].get_subscription_count() == 0:
            if time.monotonic() > deadline:
                raise ConfigError(f"Nobody subscribed to {name} in {PATIENCE_S:g} s", "Start the nodes first")
            time.sleep(0.05)


def _play_once(
    bag: BagReader,
    topics: Sequence[PlayedTopic],
    timeline: Timeline,
    clock_hz: float,
    publishers: dict[str, Publisher],
) -> tuple[int, float]:
    for event in _latched_before(bag, topics, timeline):
        publishers[event.topic].publish(event.data)
    began, count, late_s = time.monotonic(), 0, 0.0
    events = heapq.merge(_messages(bag, topics, timeline), _clock(timeline, clock_hz))
    with tqdm(
        total=round(timeline.seconds, 1), unit="s", disable=None, bar_format="{l_bar}{bar}| {n:.1f}/{total} s"
    ) as bar:
        for event in events:
            wait = began + timeline.due_s(event.bag_ns) - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            publishers[event.topic].publish(event.data)
            if event.topic != CLOCK or clock_hz <= 0:
                count, late_s = count + 1, max(late_s, -wait)
            bar.update((event.bag_ns - timeline.first_ns) / SECOND - bar.n)
    return count, late_s


def _messages(bag: BagReader, topics: Sequence[PlayedTopic], timeline: Timeline) -> Iterator[Event]:
    for m in bag.messages({t.name for t in topics}, timeline.first_ns, timeline.stop_ns):
        yield Event(m.received_ns, 1, m.topic, m.data)


def _latched_before(bag: BagReader, topics: Sequence[PlayedTopic], timeline: Timeline) -> Iterator[Event]:
    """What subscribers would have been given at the beginning, had the publishers been there."""
    for m in bag.messages({t.name for t in topics if t.latched}, None, timeline.first_ns):
        yield Event(m.received_ns, 1, m.topic, m.data)


def _clock(timeline: Timeline, hz: float) -> Iterator[Event]:
    for bag_ns in timeline.ticks(hz):
        yield Event(bag_ns, 0, CLOCK, serialize_message(Clock(clock=Time(nanoseconds=bag_ns).to_msg())))


def _let_them_hear(publishers: dict[str, Publisher]) -> None:
    deadline = time.monotonic() + LAST_WORDS.nanoseconds / SECOND
    for publisher in publishers.values():
        left = max(0.0, deadline - time.monotonic())
        publisher.wait_for_all_acked(Duration(seconds=left))


def _close(node: Node) -> None:
    node.destroy_node()
    rclpy.try_shutdown()
