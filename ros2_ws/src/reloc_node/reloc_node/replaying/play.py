"""Publish a bag's messages, each at its time."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import rclpy
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.serialization import serialize_message
from rclpy.signals import SignalHandlerOptions
from rclpy.time import Time
from rosgraph_msgs.msg import Clock
from tf2_msgs.msg import TFMessage
from tqdm import tqdm

from reloc.errors import ConfigError
from reloc.maps.bags.reader import BagReader
from reloc_node.replaying.choice import CLOCK, PlayedTopic
from reloc_node.replaying.tf_filter import TfFilter
from reloc_node.replaying.timeline import SECOND, Timeline

PATIENCE_S = 60.0
BAR = "{l_bar}{bar}| {n:.1f}/{total} s"
SHORTEST_ROUND_S = 1.0  # shortest duration of a round with --loop
LAST_WORDS = Duration(seconds=2.0)  # time for subscribers to receive the last messages


@dataclass(frozen=True, slots=True)
class Played:
    """Statistics of a finished replay."""

    messages: int
    seconds: float  # duration by the wall clock
    late_s: float  # largest delay of a message


@dataclass(frozen=True, slots=True)
class PlaybackPace:
    """The settings for start, clock and loop."""

    clock_hz: float  # rate of /clock; 0 publishes none
    loop: bool
    delay_s: float  # time before the first message
    wait_for: tuple[str, ...]  # topics that need a subscriber first, by their published names


class Event(NamedTuple):
    """A message to publish."""

    bag_ns: int
    rank: int  # the clock comes first, so that its users have a message's time when the message arrives
    topic: str
    data: bytes


def play(
    bag: BagReader, topics: Sequence[PlayedTopic], timeline: Timeline, pace: PlaybackPace, tf_filter: TfFilter
) -> Played:
    """Publish until the end of the timeline, or, with ``loop``, until interrupted.

    Args:
        tf_filter: the filter that leaves transforms out.

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
        source = _Source(bag, topics, timeline, tf_filter)
        with tqdm(total=round(timeline.seconds, 1), unit="s", disable=None, bar_format=BAR) as bar:
            while True:
                round_began = time.monotonic()
                count, late = _play_once(source, timeline, pace.clock_hz, publishers, bar)
                messages, late_s = messages + count, max(late_s, late)
                if not pace.loop:
                    break
                # Without this limit, a bag that lasts one moment would repeat as fast as possible.
                time.sleep(max(0.0, SHORTEST_ROUND_S - (time.monotonic() - round_began)))
                bar.reset()
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
            raise ConfigError(f"{name} is not published", f"Published topics: {', '.join(sorted(by_name))}")
        while by_name[name].get_subscription_count() == 0:
            if time.monotonic() > deadline:
                raise ConfigError(f"Nobody subscribed to {name} in {PATIENCE_S:g} s", "Start the nodes first")
            time.sleep(0.05)


def _play_once(
    source: _Source, timeline: Timeline, clock_hz: float, publishers: dict[str, Publisher], bar: tqdm[NoReturn]
) -> tuple[int, float]:
    for event in source.latched_before():
        publishers[event.topic].publish(event.data)
    began, count, late_s = time.monotonic(), 0, 0.0
    for event in heapq.merge(source.events(), _clock(timeline, clock_hz)):
        wait = began + timeline.due_s(event.bag_ns) - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        publishers[event.topic].publish(event.data)
        if event.topic != CLOCK or clock_hz <= 0:
            count, late_s = count + 1, max(late_s, -wait)
        bar.update((event.bag_ns - timeline.first_ns) / SECOND - bar.n)
    return count, late_s


@dataclass(frozen=True, slots=True)
class _Source:
    """The messages of a bag, in the order of time."""

    bag: BagReader
    topics: Sequence[PlayedTopic]
    timeline: Timeline
    tf_filter: TfFilter

    def events(self) -> Iterator[Event]:
        """Return the messages of the timeline."""
        return self._of(self.topics, self.timeline.first_ns, self.timeline.stop_ns)

    def latched_before(self) -> Iterator[Event]:
        """Return the latched messages from before the timeline."""
        return self._of([t for t in self.topics if t.latched], None, self.timeline.first_ns)

    def _of(self, topics: Sequence[PlayedTopic], first_ns: int | None, stop_ns: int | None) -> Iterator[Event]:
        transforms = {t.name for t in topics if t.type is TFMessage}
        for m in self.bag.messages({t.name for t in topics}, first_ns, stop_ns):
            data = self.tf_filter.filtered(m.data) if m.topic in transforms else m.data
            if data is not None:
                yield Event(m.received_ns, 1, m.topic, data)


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
