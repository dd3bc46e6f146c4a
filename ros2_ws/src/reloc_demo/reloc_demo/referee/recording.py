"""Read a run from its bag."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rosbags.highlevel import AnyReader

from reloc.geometry.transforms import from_quaternion
from reloc_demo.bags import typestore
from reloc_demo.referee import topics

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Track:
    """Poses by time. A transform is ``parent_from_child``."""

    stamp_ns: Int64  # (N,)
    received_ns: Int64  # (N,)
    pose: Float64  # (N, 4, 4)

    def __len__(self) -> int:
        return len(self.stamp_ns)


@dataclass(frozen=True, slots=True)
class Status:
    """One message of ``~/status``."""

    stamp_ns: int  # stamp of the image
    received_ns: int
    state: str
    accepted: bool
    reason: str
    inliers: int
    runner_up: int
    references: tuple[str, ...]
    total_ms: float


@dataclass(frozen=True, slots=True)
class Recording:
    """A run."""

    truth: Track  # world_from_base
    odometry: Track  # odom_from_base
    answers: Track  # world_from_base, from ~/pose
    answers_with_covariance: Track
    corrections: Track  # world_from_odom, from TF
    statuses: tuple[Status, ...]
    bag: Path

    def images(self, stamps_ns: set[int]) -> dict[int, NDArray[np.uint8]]:
        """Yield the camera's images (H, W, 3) RGB at some stamps."""
        found = {}
        with _reader(self.bag) as reader:
            wanted = [c for c in reader.connections if c.topic == topics.COMPRESSED]
            for connection, _, raw in reader.messages(wanted):
                message: Any = reader.deserialize(raw, connection.msgtype)
                stamp = _ns(message.header.stamp)
                if stamp in stamps_ns:
                    decoded = cv2.imdecode(message.data, cv2.IMREAD_COLOR_RGB)
                    found[stamp] = np.asarray(decoded, np.uint8)
        return found


@dataclass(slots=True)
class _Collector:
    rows: list[tuple[int, int, Float64]] = field(default_factory=list)

    def add(self, stamp: Any, received_ns: int, position: Any, orientation: Any) -> None:
        q, p = orientation, position
        self.rows.append((_ns(stamp), received_ns, from_quaternion((q.x, q.y, q.z, q.w), (p.x, p.y, p.z))))

    def track(self) -> Track:
        poses = np.array([row[2] for row in self.rows]).reshape(-1, 4, 4)
        stamps = np.array([row[:2] for row in self.rows], np.int64).reshape(-1, 2)
        return Track(stamps[:, 0], stamps[:, 1], poses)


def read(bag: Path) -> Recording:
    """Read the bag of a run."""
    truth, odometry, answers, covered, corrections = (_Collector() for _ in range(5))
    statuses: list[Status] = []
    with _reader(bag) as reader:
        wanted = [c for c in reader.connections if c.topic in topics.JUDGED]
        for connection, received, raw in reader.messages(wanted):
            message: Any = reader.deserialize(raw, connection.msgtype)
            topic = connection.topic
            if topic == topics.TRUTH:
                truth.add(message.header.stamp, received, message.pose.position, message.pose.orientation)
            elif topic == topics.ODOM:
                at = message.pose.pose
                odometry.add(message.header.stamp, received, at.position, at.orientation)
            elif topic == topics.POSE:
                answers.add(message.header.stamp, received, message.pose.position, message.pose.orientation)
            elif topic == topics.POSE_WITH_COVARIANCE:
                at = message.pose.pose
                covered.add(message.header.stamp, received, at.position, at.orientation)
            elif topic == topics.STATUS:
                statuses.append(_status(message, received))
            else:
                for t in message.transforms:
                    if t.child_frame_id == "odom":
                        at = t.transform
                        corrections.add(t.header.stamp, received, at.translation, at.rotation)
    tracks = (truth.track(), odometry.track(), answers.track(), covered.track(), corrections.track())
    return Recording(*tracks, tuple(statuses), bag)


def _reader(bag: Path) -> AnyReader:
    return AnyReader([bag], default_typestore=typestore(topics.definitions()))


def _status(message: Any, received_ns: int) -> Status:
    return Status(
        stamp_ns=_ns(message.header.stamp),
        received_ns=received_ns,
        state=topics.STATES[message.state],
        accepted=bool(message.accepted),
        reason=message.reason,
        inliers=int(message.inliers),
        runner_up=int(message.runner_up_inliers),
        references=tuple(message.reference_names),
        total_ms=float(message.total_ms),
    )


def _ns(stamp: Any) -> int:
    return int(stamp.sec) * 10**9 + int(stamp.nanosec)
