"""Stand-in for ROS's ``tf2_ros``, for ROS from PyPI, which lacks it.

Names and meaning are those of ROS for what it covers: buffer, listener, broadcasters and exceptions. It leaves out
``BufferClient``, ``Buffer.transform`` (which needs ``tf2_geometry_msgs``) and velocities. Beside a ROS install it is
never built: the real one is used.
"""

from tf2_ros.buffer import Buffer
from tf2_ros.buffer_core import BufferCore
from tf2_ros.exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
    TimeoutException,
    TransformException,
)
from tf2_ros.static_transform_broadcaster import StaticTransformBroadcaster
from tf2_ros.transform_broadcaster import TransformBroadcaster
from tf2_ros.transform_listener import TransformListener

__all__ = [
    "Buffer",
    "BufferCore",
    "ConnectivityException",
    "ExtrapolationException",
    "InvalidArgumentException",
    "LookupException",
    "StaticTransformBroadcaster",
    "TimeoutException",
    "TransformBroadcaster",
    "TransformException",
    "TransformListener",
]
