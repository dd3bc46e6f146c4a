"""A rosbag2, sqlite3 or mcap: Image or CompressedImage, CameraInfo, and poses from TF or a topic.

Frames are named by the image's stamp. Only stamps, intrinsics and poses are kept; an image is read from the
bag when it is asked for. A robot that stands still gives many frames at one pose: choose key frames by motion.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from reloc.datatypes import UInt8
from reloc.errors import BagPoseError, BagTimeError, CameraError, ImageError, MapEmptyError
from reloc.geometry.cameras import Camera
from reloc.maps.bags import topics as bag_topics
from reloc.maps.bags.image_message import peek_header, to_rgb
from reloc.maps.bags.poses import camera_poses, read_tf
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.recorded_order import steps_back
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.importer import Importer

TRIES = 10  # images to look at before all are taken to be bad
SLACK_NS = 1_000_000_000  # messages of several publishers on one topic may be written out of order by less


@dataclass(frozen=True, slots=True)
class ImageStamp:
    """One image message: where it is in the bag, and when it was taken."""

    received_ns: int
    stamp_ns: int
    frame: str


class Rosbag2(Importer):
    """Importer of a bag; there are no splits."""

    name = "rosbag2"
    keyframes = KeyframeConfig(min_distance_m=0.2, min_angle_deg=10.0)

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(path, options)
        self._bag = BagReader(path)
        self._lock = threading.Lock()  # one file position for all who load images

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`. Also raises BagTimeError and BagTruncatedError."""
        topic = bag_topics.image_topic(self._bag.topics, self.options.image_topic)
        self._check_order(topic)
        stamps = self._image_stamps(topic)
        camera = self._camera(topic, self._size(topic, stamps))
        at = np.array([s.stamp_ns for s in stamps], dtype=np.int64)
        frame = self.options.camera_frame or stamps[0].frame
        if not frame:
            raise BagPoseError(f"The images on {topic} name no frame", "Say it: --camera-frame camera_optical_frame")
        poses = camera_poses(self._bag, read_tf(self._bag), frame, at, self.options)
        self.notes.append(f"poses from {poses.origin}")
        frames = [
            SourceFrame(f"{s.stamp_ns:019d}", partial(self._load, topic, s), camera, pose.copy(), s.stamp_ns)
            for s, pose, known in zip(stamps, poses.world_from_cam, poses.known, strict=True)
            if known
        ]
        missing = f"{len(stamps) - len(frames)} of {len(stamps)} images have no pose by {poses.origin}"
        if not frames:
            raise BagPoseError(f"{missing} at their stamps", f"Gaps over {self.options.max_gap_s:g} s are not bridged")
        if len(frames) < len(stamps):
            self.notes.append(f"{missing}; left out (--max-gap-s {self.options.max_gap_s:g})")
        return frames

    def _check_order(self, image_topic: str) -> None:
        for topic, step in steps_back(self._bag).items():
            if topic == image_topic or step.ns > SLACK_NS:
                raise BagTimeError(
                    f"{topic} was recorded with a clock that went back, from {step.before_ns} to {step.after_ns} ns",
                    "Record each drive in its own bag",
                )

    def _image_stamps(self, topic: str) -> list[ImageStamp]:
        found: list[ImageStamp] = []
        for message in self._bag.messages([topic]):
            stamp, frame = peek_header(message.data)
            if found and stamp <= found[-1].stamp_ns:
                what = "stands twice" if stamp == found[-1].stamp_ns else f"comes after {found[-1].stamp_ns} ns"
                raise BagTimeError(f"The image on {topic} at {stamp} ns {what}", "The camera's clock must run on")
            found.append(ImageStamp(message.received_ns, stamp, frame.strip("/")))
        if not found:
            raise MapEmptyError(f"{self.path} has no image on {topic}")
        return found

    def _size(self, topic: str, stamps: Sequence[ImageStamp]) -> tuple[int, int]:
        """(width, height) of the first image that can be decoded; a damaged one is its user's to meet."""
        problem: ImageError | None = None
        for stamp in stamps[:TRIES]:
            try:
                height, width = self._load(topic, stamp).shape[:2]
                return width, height
            except ImageError as error:
                problem = problem or error
        raise problem or ImageError(f"No image on {topic}")

    def _camera(self, image_topic: str, size: tuple[int, int]) -> Camera:
        """The camera told, or the first CameraInfo's, checked against the images."""
        width, height = size
        if self.options.camera:
            return parse_camera(self.options.camera, (width, height), corner=counts_from_corner(self.options, "centre"))
        topic = bag_topics.camera_info_topic(self._bag.topics, image_topic, self.options.camera_info_topic)
        message = next(self._bag.messages([topic]), None) if topic else None
        if message is None:
            raise CameraError(
                f"{self.path} has no camera_info. {bag_topics.listing(self._bag.topics)}", "Give --camera"
            )
        info = self._bag.decode(message)
        roi = (info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height)
        binning = (info.binning_x, info.binning_y)
        camera = Camera.from_camera_info(
            info.width, info.height, info.k.tolist(), info.d.tolist(), info.distortion_model, binning, roi
        )
        if (camera.width, camera.height) != (width, height):
            raise CameraError(
                f"{topic} is of {camera.width} x {camera.height}, the images are {width} x {height}",
                "Calibrate for this size, or give --camera",
            )
        return camera

    def _load(self, topic: str, stamp: ImageStamp) -> UInt8:
        what = f"The image on {topic} at {stamp.stamp_ns} ns"
        with self._lock:
            for message in self._bag.messages([topic], stamp.received_ns, stamp.received_ns + 1):
                if peek_header(message.data)[0] == stamp.stamp_ns:
                    return to_rgb(self._bag.decode(message), what)
        raise ImageError(f"{what} is gone", "The bag changed while it was read")


PLUGIN = Rosbag2
