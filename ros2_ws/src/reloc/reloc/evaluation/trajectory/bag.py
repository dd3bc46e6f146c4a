"""A trajectory as a rosbag2: the recorded bag with the poses beside its images, or the poses alone."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.typesys import Stores, get_typestore

from reloc.datatypes import Localized
from reloc.errors import BagError
from reloc.evaluation.outcome import pose_list
from reloc.evaluation.trajectory.rows import TrajectoryRow, stamps
from reloc.files import draft_folder, storage_errors
from reloc.maps.bags.image_message import peek_header
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.writer import BagWriter, qos

TOPIC = "/reloc/camera_pose"
TYPE = "geometry_msgs/msg/PoseWithCovarianceStamped"
_SECOND = 10**9


def write_bag(target: Path, rows: Sequence[TrajectoryRow], frame: str, source: BagReader | None, topic: str) -> str:
    """Write a bag with one pose for each image that was found, received with that image.

    The pose is the camera's in the map, with its covariance in ROS's order. All that ``source`` holds is copied as it
    is. The bag appears when it is whole.

    Args:
        target: a new ``.mcap`` file, or a new folder (sqlite3).
        frame: the map's frame, for the header.
        source: the bag whose images the rows are; None writes the poses alone.
        topic: of these images.

    Returns:
        What the stamps are, in words.

    Raises:
        BagError: ``target`` exists, or ``source`` already has the topic ``/reloc/camera_pose``.
    """
    check_new(target)
    at, told = stamps(rows)
    poses = {
        stamp: _serialized(stamp, frame, row.localized)
        for stamp, row in zip(at, rows, strict=True)
        if row.localized is not None
    }
    if source is not None and TOPIC in source.topics:
        raise BagError(f"{source.path} has the topic {TOPIC} already", "Give the bag without poses, or write .tum")
    single = target.suffix == ".mcap"
    with storage_errors(f"Cannot write the bag {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_folder(target)
        try:
            made = draft / target.with_suffix("").name
            with BagWriter(made, "mcap" if single else "sqlite3") as bag:
                bag.add_topic(TOPIC, TYPE, [qos()])
                _fill(bag, poses, source, topic)
            (next(made.glob("*.mcap")) if single else made).rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return told


def check_new(target: Path) -> None:
    """Refuse a target that exists: a bag is never replaced.

    Raises:
        BagError: it exists.
    """
    if target.exists():
        raise BagError(f"{target} exists", "Give the name of a new bag, or remove it")


def _fill(bag: BagWriter, poses: dict[int, bytes], source: BagReader | None, topic: str) -> None:
    if source is None:
        for stamp in sorted(poses):
            bag.write(TOPIC, stamp, poses[stamp])
        return
    for connection in source.connections:
        bag.add_recorded(connection)
    left = dict(poses)
    for message in source.messages():
        bag.write(message.topic, message.received_ns, message.data)
        if message.topic != topic:
            continue
        try:
            stamp, _ = peek_header(message.data)
        except BagError:  # a damaged image was counted when the images were listed
            continue
        if (pose := left.pop(stamp, None)) is not None:
            bag.write(TOPIC, message.received_ns, pose)


def _serialized(stamp_ns: int, frame: str, answer: Localized) -> bytes:
    store = get_typestore(Stores.ROS2_JAZZY)

    def made(kind: str, **fields: Any) -> Any:
        return store.types[kind](**fields)

    x, y, z, qx, qy, qz, qw = pose_list(answer.world_from_cam) or [0.0] * 7
    time = made("builtin_interfaces/msg/Time", sec=stamp_ns // _SECOND, nanosec=stamp_ns % _SECOND)
    position = made("geometry_msgs/msg/Point", x=x, y=y, z=z)
    orientation = made("geometry_msgs/msg/Quaternion", x=qx, y=qy, z=qz, w=qw)
    pose = made(
        "geometry_msgs/msg/PoseWithCovariance",
        pose=made("geometry_msgs/msg/Pose", position=position, orientation=orientation),
        covariance=np.asarray(answer.covariance, dtype=np.float64).ravel(),
    )
    message = made(TYPE, header=made("std_msgs/msg/Header", stamp=time, frame_id=frame), pose=pose)
    return bytes(store.serialize_cdr(message, TYPE))
