"""Convert the simulation's numbers to ROS messages."""

from __future__ import annotations

from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose, PoseStamped, TransformStamped
from nav_msgs.msg import Odometry
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, Image

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import to_quaternion
from reloc_demo.drive.robot import world_from_base

Float64 = NDArray[np.float64]


def pose(b_from_a: Float64) -> Pose:
    """Return a transform (4, 4) as a Pose."""
    message = Pose()
    x, y, z, w = (float(v) for v in to_quaternion(b_from_a))
    message.orientation.x, message.orientation.y, message.orientation.z, message.orientation.w = x, y, z, w
    message.position.x, message.position.y, message.position.z = (float(v) for v in b_from_a[:3, 3])
    return message


def transform(b_from_a: Float64, stamp: Time, parent: str, child: str) -> TransformStamped:
    """Return a transform (4, 4) of frame ``child`` in frame ``parent``."""
    at, message = pose(b_from_a), TransformStamped()
    message.header.stamp, message.header.frame_id, message.child_frame_id = stamp, parent, child
    message.transform.rotation = at.orientation
    message.transform.translation.x, message.transform.translation.y = at.position.x, at.position.y
    message.transform.translation.z = at.position.z
    return message


def stamped_pose(b_from_a: Float64, stamp: Time, frame: str) -> PoseStamped:
    """Return a transform (4, 4) as a PoseStamped."""
    message = PoseStamped()
    message.header.stamp, message.header.frame_id, message.pose = stamp, frame, pose(b_from_a)
    return message


def odometry(planar: Float64, twist: Float64, stamp: Time, frame: str, child: str) -> Odometry:
    """Return odometry of a pose (3,) x, y, yaw and a twist (2,) m/s, rad/s."""
    message = Odometry()
    message.header.stamp, message.header.frame_id, message.child_frame_id = stamp, frame, child
    message.pose.pose = pose(world_from_base(planar))
    message.twist.twist.linear.x, message.twist.twist.angular.z = float(twist[0]), float(twist[1])
    return message


def camera_info(camera: Camera, stamp: Time, frame: str) -> CameraInfo:
    """Return the intrinsics of a pinhole camera."""
    message = CameraInfo()
    message.header.stamp, message.header.frame_id = stamp, frame
    message.width, message.height = camera.width, camera.height
    message.distortion_model = "plumb_bob"
    message.d = [0.0] * 5
    message.k = [float(v) for v in camera.matrix.ravel()]
    message.r = [float(v) for v in np.eye(3).ravel()]
    message.p = [float(v) for v in np.column_stack([camera.matrix, np.zeros(3)]).ravel()]
    return message


def image(rgb: NDArray[np.uint8], stamp: Time, frame: str, bridge: Any) -> Image:
    """Return an image (H, W, 3) RGB; ``bridge`` is a cv_bridge.CvBridge."""
    message = bridge.cv2_to_imgmsg(rgb, encoding="rgb8")
    message.header.stamp, message.header.frame_id = stamp, frame
    return message
