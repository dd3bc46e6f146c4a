"""Describe the publishers of a topic as text: node, type, quality of service, and why a subscription misses them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSCompatibility, QoSProfile, ReliabilityPolicy, qos_check_compatible
from rclpy.topic_endpoint_info import TopicEndpointInfo

_MOST = 5  # most names of one kind in one line
_UNKNOWN = "_NODE_NAME_UNKNOWN_"  # rmw's name for a node that is not discovered yet


def publishers_of(node: Node, topic: str) -> list[TopicEndpointInfo]:
    """Return the publishers of a resolved topic that the graph knows."""
    return list(node.get_publishers_info_by_topic(topic))


def is_named(publisher: TopicEndpointInfo) -> bool:
    """Return whether the graph knows the publisher's node. It may find a publisher before its node."""
    return bool(publisher.node_name != _UNKNOWN)


def name_of(publisher: TopicEndpointInfo) -> str:
    """Return the full name of a publisher's node."""
    if not is_named(publisher):
        return "a node whose name is not known yet"
    return f"{publisher.node_namespace.rstrip('/')}/{publisher.node_name}"


def type_of(kind: type) -> str:
    """Return the name of a message class as in the graph: ``sensor_msgs/msg/Image``."""
    package, *_ = kind.__module__.split(".")
    return f"{package}/msg/{kind.__name__}"


def described(node: Node, topic: str, kind: type, profiles: Sequence[QoSProfile], alike: Collection[str] = ()) -> str:
    """Return as text who publishes a topic, and why subscriptions with these profiles do not receive it.

    Args:
        node: the node that asks the graph.
        topic: the resolved topic.
        kind: the message class of the subscriptions.
        profiles: the profiles of the subscriptions.
        alike: types of other topics to name if nobody publishes this one.
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
