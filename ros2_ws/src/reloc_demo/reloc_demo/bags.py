"""Write rosbag2 bags from serialized messages or from numbers."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import to_quaternion

Float64 = NDArray[np.float64]
JPEG_QUALITY = 92
# What a late subscriber must request to get the static transforms.
_FOREVER = QosTime(9223372036, 854775807)
_LATCHED = Qos(
    QosHistory.KEEP_LAST,
    1,
    QosReliability.RELIABLE,
    QosDurability.TRANSIENT_LOCAL,
    _FOREVER,
    _FOREVER,
    QosLiveliness.AUTOMATIC,
    _FOREVER,
    False,
)


def typestore(definitions: dict[str, str] | None = None) -> Any:
    """Return the message types of ROS 2 Jazzy, and further ones from definitions by name
    (``reloc_msgs/msg/Status``).
    """
    store = get_typestore(Stores.ROS2_JAZZY)
    for name, text in (definitions or {}).items():
        store.register(get_types_from_msg(text, name))
    return store


def jpeg(rgb: NDArray[np.uint8]) -> bytes:
    """Return an image (H, W, 3) RGB as a JPEG file."""
    return bytes(cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1])


class DemoBagWriter:
    """A bag that is being written; it replaces one at the same path. Use it as a context manager."""

    def __init__(self, path: Path, definitions: dict[str, str] | None = None) -> None:
        shutil.rmtree(path, ignore_errors=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.types = typestore(definitions)
        self._writer = Writer(path, version=9, storage_plugin=StoragePlugin.MCAP)
        self._connections: dict[str, Any] = {}

    def __enter__(self) -> DemoBagWriter:
        self._writer.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    def write_raw(self, topic: str, kind: str, stamp_ns: int, cdr: bytes) -> None:
        """Add a serialized message of type ``kind``, for example ``nav_msgs/msg/Odometry``."""
        if topic not in self._connections:
            profiles = (_LATCHED,) if topic.endswith("tf_static") else ()
            self._connections[topic] = self._writer.add_connection(
                topic, kind, typestore=self.types, offered_qos_profiles=profiles
            )
        self._writer.write(self._connections[topic], stamp_ns, cdr)

    def write(self, topic: str, message: Any, stamp_ns: int) -> None:
        """Add a message of this bag's own :attr:`types`."""
        kind = message.__msgtype__
        self.write_raw(topic, kind, stamp_ns, bytes(self.types.serialize_cdr(message, kind)))

    def header(self, stamp_ns: int, frame: str) -> Any:
        """Return a std_msgs/Header."""
        t = self.types.types
        return t["std_msgs/msg/Header"](t["builtin_interfaces/msg/Time"](*divmod(stamp_ns, 10**9)), frame)

    def compressed_image(self, file: bytes, stamp_ns: int, frame: str) -> Any:
        """Return a JPEG file as sensor_msgs/CompressedImage."""
        kind = self.types.types["sensor_msgs/msg/CompressedImage"]
        return kind(self.header(stamp_ns, frame), "rgb8; jpeg compressed bgr8", np.frombuffer(file, np.uint8))

    def tf(self, b_from_a: Float64, stamp_ns: int, parent: str, child: str) -> Any:
        """Return a transform (4, 4) of ``child`` in ``parent`` as tf2_msgs/TFMessage."""
        t = self.types.types
        at = t["geometry_msgs/msg/Vector3"](*(float(v) for v in b_from_a[:3, 3]))
        turn = t["geometry_msgs/msg/Quaternion"](*(float(v) for v in to_quaternion(b_from_a)))
        transform = t["geometry_msgs/msg/Transform"](at, turn)
        stamped = t["geometry_msgs/msg/TransformStamped"](self.header(stamp_ns, parent), child, transform)
        return t["tf2_msgs/msg/TFMessage"]([stamped])

    def camera_info(self, camera: Camera, stamp_ns: int, frame: str) -> Any:
        """Return the intrinsics of a pinhole camera as sensor_msgs/CameraInfo."""
        t = self.types.types
        roi = t["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
        k, p = camera.matrix.ravel(), np.column_stack([camera.matrix, np.zeros(3)]).ravel()
        header = self.header(stamp_ns, frame)
        kind = t["sensor_msgs/msg/CameraInfo"]
        return kind(header, camera.height, camera.width, "plumb_bob", np.zeros(5), k, np.eye(3).ravel(), p, 0, 0, roi)
