"""Who publishes a topic, in words: node, type and quality of service, and why it is not heard."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible
from rclpy.topic_endpoint_info import TopicEndpointInfo

_MOST = 5  # names of one kind in one line
_UNKNOWN = "_NODE_NAME_UNKNOWN_"  # of rmw, while discovery is under way


def publishers_of(node: Node, topic: str) -> list[TopicEndpointInfo]:
    """Return the publishers of a resolved topic that the graph knows by now."""
    return list(node.get_publishers_info_by_topic(topic))


def name_of(publisher: TopicEndpointInfo) -> str:
    """Return the full name of a publisher's node."""
    if publisher.node_name == _UNKNOWN:
        return "a node whose name is not known yet"
    return f"{publisher.node_namespace.rstrip('/')}/{publisher.node_name}"


def type_of(kind: type) -> str:
    """Return a message class's name as the graph has it, ``sensor_msgs/msg/Image``."""
    package, *_ = kind.__module__.split(".")
    return f"{package}/msg/{kind.__name__}"


def described(node: Node, topic: str, kind: type, profiles: Sequence[QoSProfile], alike: Collection[str] = ()) -> str:
    """Return who publishes a topic, and why a subscription of these profiles does not hear it.

    Args:
        node: asks the graph.
        topic: resolved.
        kind: the message class that is subscribed to.
        profiles: of the subscriptions.
        alike: types of other topics to name where nobody publishes this one.
    """
    found = publishers_of(node, topic)
    if found:
        listed = "; ".join(_one(publisher, type_of(kind), profiles) for publisher in found[:_MOST])
        return f"It is published by {listed}" + (f"; and {len(found) - _MOST} more" if len(found) > _MOST else "")
    others = [
        f"{name} ({', '.join(types)})"
        for name, types in node.get_topic_names_and_types()
        if name != topic and set(types) & {type_of(kind), *alike} and node.count_publishers(name)
    ]
    there = f"; topics of that kind: {', '.join(sorted(others)[:_MOST])}" if others else ""
    return f"Nobody publishes it: is the publisher running, and the topic remapped{there}?"


def offers(profile: QoSProfile) -> str:
    """Return a quality of service in two words."""
    reliable = "best effort" if profile.reliability == ReliabilityPolicy.BEST_EFFORT else "reliable"
    latched = "transient local" if profile.durability == DurabilityPolicy.TRANSIENT_LOCAL else "volatile"
    return f"{reliable}, {latched}"


def _one(publisher: TopicEndpointInfo, kind: str, profiles: Sequence[QoSProfile]) -> str:
    text = f"{name_of(publisher)} ({publisher.topic_type}; {offers(publisher.qos_profile)})"
    if publisher.topic_type != kind:
        return f"{text}, which is not heard: {kind} is subscribed to"
    if profiles and not any(_fits(publisher.qos_profile, profile) for profile in profiles):
        asked = " or ".join(offers(profile) for profile in profiles)
        return f"{text}, which is not heard: {asked} is asked for"
    return text


def _fits(offered: QoSProfile, asked: QoSProfile) -> bool:
    compatibility, _ = qos_check_compatible(offered, asked)
    return bool(compatibility != QoSCompatibility.ERROR)
