"""Mode ``seed``: send the other localizer one pose, resend it until confirmed, then stop."""

from __future__ import annotations

import threading
from enum import Enum

from geometry_msgs.msg import Pose, PoseWithCovarianceStamped
from rclpy.node import Node

from reloc.datatypes import Float64, Lost
from reloc.errors import PoseError
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.poses import from_pose, to_nanoseconds
from reloc_node.frames import Frames
from reloc_node.outputs.believed import Believed
from reloc_node.outputs.listeners import Listeners
from reloc_node.outputs.planar import planar_difference
from reloc_node.outputs.seed_config import SeedConfig


class _Stage(Enum):
    WAITING = "waiting"  # waiting for a pose and a subscriber
    SENT = "sent"  # sent, not confirmed yet
    QUIET = "quiet"  # confirmed, or stopped after too many attempts


class SeedOutput:
    """Send an accepted pose to ``initialpose`` once there is a subscriber. Resend it until it is confirmed.

    If the subscriber restarts, a pose is sent again. The other localizer's pose is compared with the newest accepted
    pose. TF is compared at the pose's own time. A message on ``amcl_pose`` is compared when it arrives, so ``near_m``
    must allow for the robot's motion in between.
    """

    def __init__(self, node: Node, config: LocalizerNodeConfig, seed: SeedConfig, frames: Frames) -> None:
        self._node, self._seed, self._frames, self._base_frame = node, seed, frames, config.base_frame
        self._lock = threading.Lock()  # looks come from the worker's thread, poses from the executor's thread
        self._publisher = node.create_publisher(PoseWithCovarianceStamped, "initialpose", 10)
        self._subscription = None
        if seed.confirm in ("either", "pose"):
            self._subscription = node.create_subscription(PoseWithCovarianceStamped, "amcl_pose", self._on_pose, 10)
        self._listeners = Listeners(node, "initialpose")
        self._forget()

    def update(self, map_frame: str, believed: Believed | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Process the newest pose: send it, or check with it whether the other localizer took the sent pose."""
        if fix is None:
            return
        with self._lock:
            self._fix = fix
            if self._stage is _Stage.QUIET and self._listeners.restarted():
                self._forget()
                self._fix = fix
                self._tell("The other localizer restarted, so it gets a pose again")
            if self._stage is _Stage.SENT and self._says_tf(fix):
                self._taken("TF")
            if self._stage is _Stage.SENT and self._seconds() > self._seed.timeout:
                self._not_taken()
            if self._stage is _Stage.WAITING and self._publisher.get_subscription_count() > 0:
                self._send(fix)

    def reset(self) -> None:
        """Start again, as if nothing was sent."""
        with self._lock:
            self._forget()

    def close(self) -> None:
        """Release the publisher and the subscriptions."""
        self._node.destroy_publisher(self._publisher)
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)

    def _forget(self) -> None:
        self._stage, self._sent = _Stage.WAITING, 0
        self._sent_ns = self._seed_stamp_ns = 0  # the node's clock and the image's stamp; a bag's stamp is old
        self._fix: PoseWithCovarianceStamped | None = None

    def _send(self, fix: PoseWithCovarianceStamped) -> None:
        self._publisher.publish(fix)
        self._sent += 1
        self._listeners.remember()
        self._sent_ns = self._node.get_clock().now().nanoseconds
        self._seed_stamp_ns = to_nanoseconds(fix.header.stamp)
        self._stage = _Stage.SENT
        self._tell(f"Sent a pose to initialpose ({self._sent} of at most {self._seed.attempts})")
        if self._seed.confirm == "none":
            self._stage = _Stage.QUIET
            self._tell("seed.confirm is none, so it is not resent")

    def _not_taken(self) -> None:
        self._stage = _Stage.WAITING
        if self._sent >= self._seed.attempts:
            self._stage = _Stage.QUIET
            self._node.get_logger().error(
                f"{self._sent} seeds were sent, but {self._what()} confirmed none: check that the other localizer is "
                "active and subscribes to initialpose. No more are sent until it restarts, or until "
                "~/reinitialize_global_localization is called"
            )

    def _taken(self, by: str) -> None:
        self._stage = _Stage.QUIET
        self._tell(f"The other localizer took the pose, confirmed by {by}; no more are sent")

    def _on_pose(self, message: PoseWithCovarianceStamped) -> None:
        with self._lock:
            if self._stage is not _Stage.SENT or self._fix is None:
                return
            if message.header.frame_id == self._fix.header.frame_id and self._is_near(_pose(message.pose.pose)):
                self._taken("amcl_pose")

    def _says_tf(self, fix: PoseWithCovarianceStamped) -> bool:
        """Return whether TF, which the other localizer publishes in this mode, agrees with the pose at the image's
        time.
        """
        stamp_ns = to_nanoseconds(fix.header.stamp)
        if self._seed.confirm not in ("either", "tf") or stamp_ns <= self._seed_stamp_ns:
            return False
        theirs = self._frames.lookup(fix.header.frame_id, self._base_frame, stamp_ns)
        return not isinstance(theirs, Lost) and self._is_near(theirs)

    def _is_near(self, theirs: Float64 | None) -> bool:
        """Return whether two poses are near in x, y and yaw, because the other localizer works on a plane."""
        ours = None if self._fix is None else _pose(self._fix.pose.pose)
        if ours is None or theirs is None:
            return False
        apart_m, turned_deg = planar_difference(ours, theirs)
        return apart_m <= self._seed.near_m and turned_deg <= self._seed.near_deg

    def _seconds(self) -> float:
        """Seconds since the last sent pose, by the node's clock."""
        return (self._node.get_clock().now().nanoseconds - self._sent_ns) * 1e-9

    def _what(self) -> str:
        return {"either": "amcl_pose and TF", "pose": "amcl_pose", "tf": "TF"}[self._seed.confirm]

    def _tell(self, text: str) -> None:
        self._node.get_logger().info(text)


def _pose(message: Pose) -> Float64 | None:
    """Return the pose (4, 4); None if the message contains no valid pose."""
    try:
        return from_pose(message)
    except PoseError:
        return None
