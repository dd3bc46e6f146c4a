"""Find the subscribers of a topic, and whether one of them restarted."""

from __future__ import annotations

from rclpy.node import Node


class Listeners:
    """The subscriptions of a topic, by node.

    A node that restarts has a new subscription under its old name. The old subscription of a crashed node stays in the
    graph for some seconds, so counting subscriptions would miss a quick restart.
    """

    def __init__(self, node: Node, topic: str) -> None:
        self._node, self._topic = node, node.resolve_topic_name(topic)
        self._known: dict[str, set[bytes]] = {}
        self._were_gone = False

    def remember(self) -> None:
        """Store the present subscribers."""
        self._known, self._were_gone = self._now(), False

    def restarted(self) -> bool:
        """Return whether a stored node has a new subscription, or whether there is a subscriber after there was
        none.
        """
        now = self._now()
        if not now:
            self._were_gone = True
            return False
        if self._were_gone:
            return True
        return any(name in now and not now[name] <= endpoints for name, endpoints in self._known.items())

    def _now(self) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = {}
        for one in self._node.get_subscriptions_info_by_topic(self._topic):
            name = f"{one.node_namespace.rstrip('/')}/{one.node_name}"
            found.setdefault(name, set()).add(bytes(one.endpoint_gid))
        return found
