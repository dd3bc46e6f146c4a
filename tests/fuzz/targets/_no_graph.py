"""What node code asks of rclpy's node, without a graph: it publishes nowhere, and nobody calls back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class NoGraph:
    """A node that somebody listens to."""

    def __init__(self) -> None:
        self.log = self

    def create_publisher(self, *_: Any) -> Any:
        """One with a listener."""
        return SimpleNamespace(publish=lambda message: None, get_subscription_count=lambda: 1)

    def create_subscription(self, *_: Any) -> None:
        """None: nothing arrives."""

    def create_client(self, *_: Any) -> None:
        """None: nothing is called."""

    def resolve_topic_name(self, topic: str) -> str:
        """In the root namespace."""
        return f"/{topic}"

    def get_subscriptions_info_by_topic(self, _: str) -> list[Any]:
        """Nobody has a name."""
        return []

    def get_clock(self) -> Any:
        """It stands still."""
        return SimpleNamespace(now=lambda: SimpleNamespace(nanoseconds=10**18))

    def get_logger(self) -> NoGraph:
        """Itself."""
        return self

    def info(self, _: str) -> None:
        """Nowhere."""

    error = warning = info
