"""Write small bags for tests: a robot on a circle, with the camera looking ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rosbags.typesys import Stores, get_typestore

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.maps.bags.writer import BagWriter, qos

STORE = get_typestore(Stores.ROS2_JAZZY)
SECOND = 1_000_000_000
START_NS = 1_700_000_000 * SECOND
IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
INFO, TF = "sensor_msgs/msg/CameraInfo", "tf2_msgs/msg/TFMessage"
ODOMETRY, POSE = "nav_msgs/msg/Odometry", "geometry_msgs/msg/PoseStamped"
POSE_COVARIANCE = "geometry_msgs/msg/PoseWithCovarianceStamped"
WIDTH, HEIGHT = 32, 24

# base_link: x ahead; optical: z ahead, x right. The camera sits 0.1 m ahead and 0.5 m up.
BASE_FROM_CAM = transforms.make([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], [0.1, 0.0, 0.5])


def world_from_base(seconds: float, radius: float = 2.0, rate: float = 0.4) -> Float64:
    """Where the robot is: it drives round the origin."""
    angle = rate * seconds
    turn = transforms.so3_exp([0.0, 0.0, angle + np.pi / 2])
    return transforms.make(turn, [radius * np.cos(angle), radius * np.sin(angle), 0.0])


def message(kind: str, **fields: Any) -> Any:
    """A message of a type of ROS 2 Jazzy."""
    return STORE.types[kind](**fields)


def cdr(value: Any) -> bytes:
    """Its bytes on the wire."""
    return bytes(STORE.serialize_cdr(value, value.__msgtype__))


def header(stamp_ns: int, frame: str) -> Any:
    """std_msgs/Header."""
    time = message("builtin_interfaces/msg/Time", sec=stamp_ns // SECOND, nanosec=stamp_ns % SECOND)
    return message("std_msgs/msg/Header", stamp=time, frame_id=frame)


def image(stamp_ns: int, pixels: np.ndarray, encoding: str = "rgb8", frame: str = "cam", padding: int = 0) -> Any:
    """sensor_msgs/Image, with ``padding`` bytes after each row."""
    rows = pixels.reshape(pixels.shape[0], -1).view(np.uint8)
    rows = np.pad(rows, ((0, 0), (0, padding)))
    return message(
        IMAGE,
        header=header(stamp_ns, frame),
        height=pixels.shape[0],
        width=pixels.shape[1],
        encoding=encoding,
        is_bigendian=int(pixels.dtype.byteorder == ">"),
        step=rows.shape[1],
        data=rows.reshape(-1),
    )


def compressed(stamp_ns: int, data: bytes, frame: str = "cam") -> Any:
    """sensor_msgs/CompressedImage."""
    return message(COMPRESSED, header=header(stamp_ns, frame), format="png", data=np.frombuffer(data, np.uint8))


def camera_info(stamp_ns: int, frame: str = "cam", width: int = WIDTH, height: int = HEIGHT, f: float = 30.0) -> Any:
    """sensor_msgs/CameraInfo without distortion."""
    k = np.array([f, 0, (width - 1) / 2, 0, f, (height - 1) / 2, 0, 0, 1])
    roi = message("sensor_msgs/msg/RegionOfInterest", x_offset=0, y_offset=0, height=0, width=0, do_rectify=False)
    return message(
        INFO,
        header=header(stamp_ns, frame),
        height=height,
        width=width,
        distortion_model="plumb_bob",
        d=np.zeros(5),
        k=k,
        r=np.eye(3).ravel(),
        p=np.hstack([k.reshape(3, 3), np.zeros((3, 1))]).ravel(),
        binning_x=0,
        binning_y=0,
        roi=roi,
    )


def tf(stamp_ns: int, parent: str, child: str, parent_from_child: Float64) -> Any:
    """tf2_msgs/TFMessage of one transform."""
    q, t = transforms.to_quaternion(parent_from_child), parent_from_child[:3, 3]
    transform = message("geometry_msgs/msg/Transform", translation=_xyz("Vector3", t), rotation=_quaternion(q))
    stamped = message(
        "geometry_msgs/msg/TransformStamped",
        header=header(stamp_ns, parent),
        child_frame_id=child,
        transform=transform,
    )
    return message(TF, transforms=[stamped])


def odometry(stamp_ns: int, pose: Float64, frame: str = "odom", child: str = "base_link") -> Any:
    """nav_msgs/Odometry."""
    zero = message("geometry_msgs/msg/Twist", linear=_xyz("Vector3", [0, 0, 0]), angular=_xyz("Vector3", [0, 0, 0]))
    twist = message("geometry_msgs/msg/TwistWithCovariance", twist=zero, covariance=np.zeros(36))
    return message(
        ODOMETRY, header=header(stamp_ns, frame), child_frame_id=child, pose=_with_covariance(pose), twist=twist
    )


def pose_stamped(stamp_ns: int, pose: Float64, frame: str = "map") -> Any:
    """geometry_msgs/PoseStamped."""
    return message(POSE, header=header(stamp_ns, frame), pose=_pose(pose))


def pose_with_covariance(stamp_ns: int, pose: Float64, frame: str = "map") -> Any:
    """geometry_msgs/PoseWithCovarianceStamped."""
    return message(POSE_COVARIANCE, header=header(stamp_ns, frame), pose=_with_covariance(pose))


def pixels(index: int) -> np.ndarray:
    """An image (HEIGHT, WIDTH, 3) that is not the same for any two frames."""
    return np.random.default_rng(index).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


Recorded = list[tuple[int, str, Any]]  # when it was received, the topic, the message


def write(path: Path, recorded: Recorded, storage: str = "sqlite3") -> Path:
    """A bag of these messages, in this order."""
    with BagWriter(path, storage) as bag:
        topics: set[str] = set()
        for received_ns, topic, value in recorded:
            if topic not in topics:
                topics.add(topic)
                latched = topic.endswith("tf_static")
                bag.add_topic(topic, value.__msgtype__, [qos(latched=latched)])
            bag.write(topic, received_ns, cdr(value))
    return path


def at(seconds: float) -> int:
    """Nanoseconds of a moment of the drive."""
    return START_NS + round(seconds * SECOND)


def camera_part(count: int = 10, hz: float = 10.0) -> Recorded:
    """Images and camera_info, from 0.05 s on."""
    out: Recorded = []
    for i in range(count):
        stamp = at(0.05 + i / hz)
        out += [(stamp, "/cam/image_raw", image(stamp, pixels(i))), (stamp, "/cam/camera_info", camera_info(stamp))]
    return out


def mount(base: str = "base_link", camera: str = "cam") -> Recorded:
    """The camera's static transform."""
    return [(at(0), "/tf_static", tf(at(0), base, camera, BASE_FROM_CAM))]


def times(seconds: float = 1.2, hz: float = 20.0) -> list[float]:
    """Moments at which poses are published."""
    return [i / hz for i in range(round(seconds * hz) + 1)]


def ordered(*parts: Recorded) -> Recorded:
    """All parts by time, as a recorder gets them."""
    return sorted((m for part in parts for m in part), key=lambda m: m[0])


def _xyz(kind: str, values: Any) -> Any:
    x, y, z = (float(v) for v in values)
    return message(f"geometry_msgs/msg/{kind}", x=x, y=y, z=z)


def _quaternion(xyzw: Any) -> Any:
    x, y, z, w = (float(v) for v in xyzw)
    return message("geometry_msgs/msg/Quaternion", x=x, y=y, z=z, w=w)


def _pose(pose: Float64) -> Any:
    q = transforms.to_quaternion(pose)
    return message("geometry_msgs/msg/Pose", position=_xyz("Point", pose[:3, 3]), orientation=_quaternion(q))


def _with_covariance(pose: Float64) -> Any:
    return message("geometry_msgs/msg/PoseWithCovariance", pose=_pose(pose), covariance=np.zeros(36))
