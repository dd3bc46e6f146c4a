"""What `reloc replay` is told: topics, remaps, quality of service, times."""

from __future__ import annotations

from collections.abc import Sequence

from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime

from fuzz.target import NotAnInput, Target
from fuzz.targets._messages import tree_of
from reloc.maps.bags.reader import BagTopic
from reloc_node.replaying.choice import choose_topics
from reloc_node.replaying.timeline import Timeline

_QOS = Qos(QosHistory.KEEP_LAST, 5, QosReliability.RELIABLE, QosDurability.VOLATILE, QosTime(0, 0), QosTime(0, 0),
           QosLiveliness.AUTOMATIC, QosTime(0, 0), False)  # fmt: skip
TOPICS = {
    "/image": BagTopic("/image", "sensor_msgs/msg/Image", 3, (_QOS,)),
    "/tf_static": BagTopic("/tf_static", "tf2_msgs/msg/TFMessage", 1, ()),
    "/odd": BagTopic("/odd", "nobody_msgs/msg/Odd", 1, ()),
}


class ReplayOptions(Target):
    """JSON: names, remaps, overrides, the type of one topic, numbers."""

    name, needs = "replay_options", "rclpy"

    def seeds(self) -> Sequence[bytes]:
        """One."""
        return [
            b'{"wanted": ["/image"], "remap": ["/image:=/x"], "qos": ["/image=reliable,5"],'
            b' "type": "std_msgs/msg/Header", "start": 0.1, "duration": 2.5, "rate": 1.0, "hz": 100.0}'
        ]

    def run(self, data: bytes) -> None:
        """Choose, and lay out in time; options have their types by then."""
        tree = tree_of(data)
        if not isinstance(tree, dict):
            raise NotAnInput
        lists = [
            [t for t in tree.get(k, []) if isinstance(t, str)] if isinstance(tree.get(k), list) else []
            for k in ("wanted", "remap", "qos")
        ]
        topics = {**TOPICS, "/typed": BagTopic("/typed", str(tree.get("type")), 1, ())}
        choose_topics(topics, lists[0] or None, lists[1], lists[2], with_clock=True)
        numbers = [
            float(v) if isinstance(v := tree.get(k), (int, float)) and abs(v) < 1e300 else 1.0
            for k in ("start", "duration", "rate", "hz")
        ]
        if min(numbers) < 0 or numbers[1] == 0 or numbers[2] == 0:
            raise NotAnInput  # refused where options are parsed
        line = Timeline.of_bag(10**18, 10**18 + 5 * 10**9, *numbers[:3])
        line.seconds, line.due_s(10**18), len(line.ticks(numbers[3]))


TARGET = ReplayOptions()
