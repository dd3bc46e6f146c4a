"""Look transforms up at an image's time."""

from __future__ import annotations

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.time import Time
from tf2_ros import Buffer, TransformException, TransformListener

from reloc.datatypes import Float64, Lost, LostReason
from reloc.errors import PoseError
from reloc_node.conversions.poses import from_transform


class Frames:
    """A TF buffer and its listener on a node."""

    def __init__(self, node: Node) -> None:
        self._buffer = Buffer(node=node)
        self._listener = TransformListener(self._buffer, node)

    def lookup(self, target: str, source: str, stamp_ns: int, timeout_s: float = 0.0) -> Float64 | Lost:
        """``target_from_source`` (4, 4) at ``stamp_ns``; Lost(NO_TF) where it is not known by the time-out.

        Not for the thread that spins the node: it would wait for messages that it keeps from coming.
        """
        if not target or not source:
            missing = "target" if not target else "source"
            return Lost(LostReason.NO_TF, f"The {missing} frame has no name: set header.frame_id of the images")
        if stamp_ns <= 0:  # TF takes zero for "the latest", which is a guess
            return Lost(LostReason.NO_TF, "The image has no time: set header.stamp")
        try:
            found = self._buffer.lookup_transform(
                target, source, Time(nanoseconds=stamp_ns), Duration(nanoseconds=int(timeout_s * 1e9))
            )
            return from_transform(found.transform)
        except TransformException as error:
            return Lost(LostReason.NO_TF, f"{target} from {source} at {stamp_ns * 1e-9:.3f}: {error}")
        except PoseError as error:
            return Lost(LostReason.NO_TF, f"{target} from {source}: {error}")

    def newest(self, target: str, source: str) -> Float64 | Lost:
        """``target_from_source`` (4, 4) as it is known by now: for frames that do not move. Returns at once."""
        try:
            return from_transform(self._buffer.lookup_transform(target, source, Time()).transform)
        except (TransformException, PoseError) as error:
            return Lost(LostReason.NO_TF, f"{target} from {source}: {error}")

    def clear(self) -> None:
        """Forget the past (time went backwards); static transforms stay."""
        self._buffer.clear()

    def close(self) -> None:
        """Stop to listen."""
        self._listener.unregister()
