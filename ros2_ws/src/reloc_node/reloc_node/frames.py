"""Look up transforms at an image's time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from geometry_msgs.msg import TransformStamped
from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time
from tf2_msgs.msg import TFMessage
from tf2_ros import Buffer, TransformException, TransformListener

from reloc.datatypes import Float64, Lost, LostReason
from reloc.errors import PoseError
from reloc_node.conversions.poses import from_transform
from reloc_node.graph.offered import OfferedSubscription
from reloc_node.node_log import printable

FARTHEST_M = 1e9  # meters, beyond any map, also in Earth-centered coordinates
_TOO_LARGE = (ArithmeticError, ValueError)  # huge numbers raise these by overflow
_LONGEST = 500  # longest reason, in characters


class _WatchedBuffer(Buffer):
    """A buffer that also passes each moving transform to a callback, which costs less than a second subscription."""

    def __init__(self, node: Node) -> None:
        self.watch: Callable[[TransformStamped], None] | None = None
        super().__init__(node=node)

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """Add a transform."""
        if self.watch is not None:
            self.watch(transform)
        super().set_transform(transform, authority)


class Frames:
    """A TF buffer and its listener on a node."""

    def __init__(self, node: Node) -> None:
        self._buffer = _WatchedBuffer(node)
        self._listener = TransformListener(self._buffer, node)
        # tf2's listener receives neither a best-effort /tf (a radio bridge, micro-ROS) nor a volatile /tf_static.
        self._more = [
            OfferedSubscription(node, TFMessage, topic, callback, subscription.qos_profile, subscribed=subscription)
            for topic, callback, subscription in (
                ("/tf", self._listener.callback, self._listener.tf_sub),
                ("/tf_static", self._listener.static_callback, self._listener.tf_static_sub),
            )
        ]

    def watch(self, heard: Callable[[TransformStamped], None] | None) -> None:
        """Pass each moving transform to ``heard`` from now on; None passes them to nobody."""
        self._buffer.watch = heard

    def look(self) -> None:
        """Update the subscriptions if publishers with another quality of service came or went."""
        for subscription in self._more:
            subscription.look()

    def lookup(self, target: str, source: str, stamp_ns: int, timeout_s: float = 0.0) -> Float64 | Lost:
        """Return ``target_from_source`` (4, 4) at ``stamp_ns``; Lost(NO_TF) if it is not known before the timeout.

        Do not call it from the thread that spins the node: it would block the messages that it waits for.
        """
        if not target or not source:
            missing = "target" if not target else "source"
            return Lost(LostReason.NO_TF, f"The {missing} frame has no name: set header.frame_id of the images")
        if stamp_ns <= 0:  # TF interprets 0 as "the latest", which would be a guess
            return Lost(LostReason.NO_TF, "The image has no stamp: set header.stamp")
        try:
            found = self._buffer.lookup_transform(
                target, source, Time(nanoseconds=stamp_ns), Duration(nanoseconds=int(timeout_s * 1e9))
            )
            return _checked(from_transform(found.transform), target, source)
        except TransformException as error:
            return _lost(target, source, f" at {stamp_ns * 1e-9:.3f}: {error}")
        except (PoseError, *_TOO_LARGE) as error:
            return _lost(target, source, f": {error}")

    def newest(self, target: str, source: str) -> Float64 | Lost:
        """Return the latest ``target_from_source`` (4, 4) at once, for frames that do not move relative to each
        other.
        """
        try:
            found = self._buffer.lookup_transform(target, source, Time())
            return _checked(from_transform(found.transform), target, source)
        except (TransformException, PoseError, *_TOO_LARGE) as error:
            return _lost(target, source, f": {error}")

    def clear(self) -> None:
        """Forget the past, because time went backward. Static transforms stay."""
        self._buffer.clear()

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._more:
            subscription.close()
        self._listener.unregister()


def _checked(target_from_source: Float64, target: str, source: str) -> Float64 | Lost:
    if np.isfinite(target_from_source).all() and np.abs(target_from_source[:3, 3]).max() <= FARTHEST_M:
        return target_from_source
    place = target_from_source[:3, 3].tolist()
    return _lost(target, source, f": it is at {place} m, beyond any map")


def _lost(target: str, source: str, why: str) -> Lost:
    return Lost(LostReason.NO_TF, printable(f"{target} from {source}{why}", _LONGEST))
