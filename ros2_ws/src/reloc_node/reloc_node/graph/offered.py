"""Subscribe to topics whose publishers use two qualities of service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

from reloc_node.graph.endpoints import publishers_of


class OfferedSubscription:
    """A subscription that also receives from publishers that its own quality of service would miss.

    A latched message needs a transient-local subscription, which does not receive from a volatile publisher. So there
    is a second subscription as long as the graph has a publisher that needs it. It is not created earlier, because each
    publisher warns of incompatible subscriptions. Messages may arrive twice.
    """

    def __init__(
        self,
        node: Node,
        kind: type,
        topic: str,
        callback: Callable[[Any], object],
        profile: QoSProfile,
        subscribed: Subscription | None = None,
        latched: bool = True,
        **options: Any,
    ) -> None:
        """Subscribe.

        Args:
            subscribed: the first subscription, if the caller made it and will destroy it.
            latched: whether to also receive a latched message that was sent before.
            options: options of the first subscription.
        """
        self._node, self._kind, self._callback, self._profile = node, kind, callback, profile
        self.topic = node.resolve_topic_name(topic)
        self._first = subscribed or node.create_subscription(kind, topic, callback, profile, **options)
        self._latched = latched
        self._owned = subscribed is None
        self._others: dict[tuple[int, int], Subscription] = {}
        self._name = topic
        self.look()

    @property
    def profiles(self) -> list[QoSProfile]:
        """The profiles of the subscriptions."""
        return [self._first.qos_profile, *(other.qos_profile for other in self._others.values())]

    def look(self) -> None:
        """Create or destroy the second subscription, depending on the publishers in the graph."""
        wanted = {
            key: profile
            for publisher in publishers_of(self._node, self.topic)
            if (profile := self._missed(publisher)) is not None
            for key in [(int(profile.reliability), int(profile.durability))]
        }
        for key in [key for key in self._others if key not in wanted]:
            self._node.destroy_subscription(self._others.pop(key))
        for key, profile in wanted.items():
            if key not in self._others:
                # rclpy's own callback would warn of every publisher that only the first subscription fits.
                quiet = SubscriptionEventCallbacks(use_default_callbacks=False)
                self._others[key] = self._node.create_subscription(
                    self._kind, self._name, self._callback, profile, event_callbacks=quiet
                )

    def close(self) -> None:
        """Stop listening."""
        for subscription in (*([self._first] if self._owned else []), *self._others.values()):
            self._node.destroy_subscription(subscription)
        self._others.clear()

    def _missed(self, publisher: TopicEndpointInfo) -> QoSProfile | None:
        """Return the profile for a publisher that the first subscription misses; None if it misses nothing."""
        own, offered = self._first.qos_profile, publisher.qos_profile
        latched = offered.durability == DurabilityPolicy.TRANSIENT_LOCAL
        asks_latched = own.durability == DurabilityPolicy.TRANSIENT_LOCAL
        reliable = offered.reliability != ReliabilityPolicy.BEST_EFFORT
        asks_reliable = own.reliability == ReliabilityPolicy.RELIABLE
        if (latched == asks_latched or (latched and not self._latched)) and (reliable or not asks_reliable):
            return None
        return QoSProfile(
            depth=self._profile.depth,
            history=self._profile.history,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE,
        )
