"""Convert poses, transforms and times. Quaternions are xyzw on both sides."""

from __future__ import annotations

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import (
    Point,
    Pose,
    PoseStamped,
    PoseWithCovarianceStamped,
    Quaternion,
    Transform,
    TransformStamped,
    Vector3,
)
from std_msgs.msg import Header

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc_node.node_log import sendable

NANOSECONDS = 1_000_000_000
_FIRST_NS, _LAST_NS = -(2**31) * NANOSECONDS, 2**31 * NANOSECONDS - 1  # range of a stamp, whose seconds are int32


def to_nanoseconds(stamp: Time) -> int:
    """Return a stamp in nanoseconds."""
    return int(stamp.sec) * NANOSECONDS + int(stamp.nanosec)


def to_stamp(stamp_ns: int) -> Time:
    """Return a stamp from nanoseconds. Times outside a message's range become its first or last time."""
    sec, nanosec = divmod(min(max(stamp_ns, _FIRST_NS), _LAST_NS), NANOSECONDS)
    return Time(sec=sec, nanosec=nanosec)


def to_header(frame_id: str, stamp_ns: int) -> Header:
    """Return a header."""
    return Header(frame_id=sendable(frame_id), stamp=to_stamp(stamp_ns))


def from_transform(message: Transform) -> Float64:
    """Return (4, 4) of a transform message.

    Raises:
        PoseError: the quaternion is zero or not finite.
    """
    t, q = message.translation, message.rotation
    return transforms.from_quaternion((q.x, q.y, q.z, q.w), (t.x, t.y, t.z))


def from_pose(message: Pose) -> Float64:
    """Return (4, 4) of a pose message.

    Raises:
        PoseError: the quaternion is zero or not finite.
    """
    p, q = message.position, message.orientation
    return transforms.from_quaternion((q.x, q.y, q.z, q.w), (p.x, p.y, p.z))


def to_transform(parent_from_child: Float64, parent: str, child: str, stamp_ns: int) -> TransformStamped:
    """Return the message for TF."""
    x, y, z = parent_from_child[:3, 3].tolist()
    return TransformStamped(
        header=to_header(parent, stamp_ns),
        child_frame_id=child,
        transform=Transform(translation=Vector3(x=x, y=y, z=z), rotation=_quaternion(parent_from_child)),
    )


def to_pose(world_from_body: Float64) -> Pose:
    """Return the pose of a body."""
    x, y, z = world_from_body[:3, 3].tolist()
    return Pose(position=Point(x=x, y=y, z=z), orientation=_quaternion(world_from_body))


def to_pose_stamped(world_from_body: Float64, frame_id: str, stamp_ns: int) -> PoseStamped:
    """Return the pose of a body at a time."""
    return PoseStamped(header=to_header(frame_id, stamp_ns), pose=to_pose(world_from_body))


def to_pose_with_covariance(
    world_from_body: Float64, covariance: Float64, frame_id: str, stamp_ns: int
) -> PoseWithCovarianceStamped:
    """Return the pose of a body with its covariance (6, 6): x, y, z, rotation about the world's axes, in ROS order."""
    message = PoseWithCovarianceStamped(header=to_header(frame_id, stamp_ns))
    message.pose.pose = to_pose(world_from_body)
    message.pose.covariance = np.ascontiguousarray(covariance, dtype=np.float64).ravel()
    return message


def _quaternion(b_from_a: Float64) -> Quaternion:
    x, y, z, w = transforms.to_quaternion(b_from_a).tolist()
    return Quaternion(x=x, y=y, z=z, w=w)
