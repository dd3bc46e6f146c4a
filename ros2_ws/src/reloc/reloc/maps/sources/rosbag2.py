"""A rosbag2 (sqlite3 or mcap): Image or CompressedImage, CameraInfo, and poses from TF or a topic.

Frames are named by the image's stamp. Only stamps, intrinsics and poses are kept in memory; an image is read from the
bag on request. A robot that stands still gives many frames at one pose, so choose key frames by motion.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reloc.datatypes import UInt8
from reloc.errors import BagError, BagPoseError, BagTimeError, ImageError
from reloc.geometry.cameras import Camera
from reloc.maps.bags import topics as bag_topics
from reloc.maps.bags.bag_camera import bag_camera
from reloc.maps.bags.image_message import peek_header, to_rgb
from reloc.maps.bags.image_stamps import ImageStamp, image_stamps
from reloc.maps.bags.poses import camera_poses, read_tf
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.recorded_order import SLACK_NS, steps_back
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.left_out import LeftOut
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.system_errors import as_source_errors
from reloc.maps.trajectory import StampedPose, without_jumps
from reloc.messages.names import frame_name

TRIES = 10  # images to look at before all are taken to be bad


class Rosbag2(Importer):
    """Importer of a bag; there are no splits."""

    name = "rosbag2"
    keyframes = KeyframeConfig(min_distance_m=0.2, min_angle_deg=10.0)

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(path, options)
        self._bag = BagReader(path)
        self._lock = threading.Lock()  # all threads that load images share one file position

    def unposed(self) -> Sequence[SourceFrame]:
        """See :class:`Importer`: a bag without TF and poses will do, too. Also raises BagTimeError."""
        self.notes.clear()
        with as_source_errors(self.path):
            topic = self.image_topic
            stamps, left_out = image_stamps(self._bag, topic, self.options.max_bad)
            camera = self._camera(topic, self._size(topic, stamps))
            self.notes += [left_out] if left_out else []
            return [
                SourceFrame(f"{s.stamp_ns:019d}", partial(self._load, topic, s), camera, stamp_ns=s.stamp_ns)
                for s in stamps
            ]

    @property
    def image_topic(self) -> str:
        """The topic whose images are read.

        Raises:
            BagError: it is not clear which.
        """
        return bag_topics.image_topic(self._bag.topics, self.options.image_topic)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`. Also raises BagTimeError and BagTruncatedError."""
        topic = self.image_topic
        self._check_order(topic)
        stamps, left_out = image_stamps(self._bag, topic, self.options.max_bad)
        camera = self._camera(topic, self._size(topic, stamps))
        at = np.array([s.stamp_ns for s in stamps], dtype=np.int64)
        frame = frame_name(self.options.camera_frame) or stamps[0].frame
        if not frame:
            raise BagPoseError(f"The images on {topic} name no frame", "Say it: --camera-frame camera_optical_frame")
        tf = read_tf(self._bag, self.options, topic)
        poses = camera_poses(self._bag, tf, frame, at, self.options, topic)
        self.odometry = poses.odometry
        self.notes += [f"poses from {poses.origin}", *poses.notes, *([left_out] if left_out else [])]
        posed = [
            StampedPose(s.stamp_ns, pose, f"The camera at {s.stamp_ns} ns, by {poses.origin}")
            for s, pose, known in zip(stamps, poses.world_from_cam, poses.known, strict=True)
            if known
        ]
        missing = f"{len(stamps) - len(posed)} of {len(stamps)} images have no pose by {poses.origin}"
        if not posed:
            fix = f"Gaps over {self.options.max_gap_s:g} s are not bridged"
            raise BagPoseError(f"{missing} at their stamps", "; ".join([fix, *poses.notes]))
        if len(posed) < len(stamps):
            self.notes.append(f"{missing}; left out (--max-gap-s {self.options.max_gap_s:g})")
        by_stamp = {s.stamp_ns: s for s in stamps}
        return [
            SourceFrame(
                f"{pose.stamp_ns:019d}",
                partial(self._load, topic, by_stamp[pose.stamp_ns]),
                camera,
                pose.world_from_body.copy(),
                pose.stamp_ns,
            )
            for pose in self._reachable(posed, topic)
        ]

    def _reachable(self, posed: list[StampedPose], topic: str) -> list[StampedPose]:
        """Without images that the robot would have had to jump to: by a map that was corrected, or another one's."""
        if self.options.max_path_speed == 0:
            return posed
        left_out = LeftOut(f"images on {topic}", self.options.max_bad)
        kept = without_jumps(posed, left_out, self.options.max_path_speed)
        left_out.check(len(posed))
        if note := left_out.note(len(posed)):
            self.notes.append(note)
        return kept

    def _check_order(self, image_topic: str) -> None:
        """Readers sort by the time of receiving, which hides a clock that was set back: drives lie shuffled then."""
        told = bag_topics.of_types(self._bag.topics, (bag_topics.TF, *bag_topics.POSE_TYPES))
        for topic, step in steps_back(self._bag, (image_topic, *told)).items():
            if topic != image_topic and step.ns <= SLACK_NS:
                continue
            left_out = LeftOut(f"messages on {topic}", self.options.max_bad)
            left_out.add(
                "received out of order",
                BagTimeError(
                    f"{topic} was recorded with a clock that went back, from {step.before_ns} to {step.after_ns} ns",
                    "Record each drive in its own bag",
                ),
                step.out_of_order,
            )
            left_out.check(self._bag.topics[topic].count)

    def _size(self, topic: str, stamps: Sequence[ImageStamp]) -> tuple[int, int]:
        """Return (width, height) of the first image that can be decoded. Damaged images are reported when they are
        read.
        """
        problem: ImageError | None = None
        for stamp in stamps[:TRIES]:
            try:
                height, width = self._load(topic, stamp).shape[:2]
                return width, height
            except ImageError as error:
                problem = problem or error
        raise problem or ImageError(f"No image on {topic} can be decoded")

    def _camera(self, image_topic: str, size: tuple[int, int]) -> Camera:
        """The camera told, or camera_info's."""
        if self.options.camera:
            return parse_camera(self.options.camera, size, corner=counts_from_corner(self.options, "centre"))
        found = bag_camera(self._bag, image_topic, size, self.options)
        self.notes += found.notes
        return found.camera

    def _load(self, topic: str, stamp: ImageStamp) -> UInt8:
        what = f"The image on {topic} at {stamp.stamp_ns} ns"
        with self._lock:
            for message in self._bag.messages([topic], stamp.received_ns, stamp.received_ns + 1):
                try:
                    if peek_header(message.data)[0] != stamp.stamp_ns:
                        continue
                    decoded = self._bag.decode(message)
                except BagError as error:
                    raise ImageError(f"{what}: {error.problem}", error.fix) from error
                return to_rgb(decoded, what)
        raise ImageError(f"{what} is gone", "The bag changed while it was read")


PLUGIN = Rosbag2
