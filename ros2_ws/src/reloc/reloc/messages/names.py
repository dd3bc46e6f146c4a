"""Interpret the names of frames and topics."""

from __future__ import annotations

import re

_RECTIFIED = re.compile(r"(^|_)rect(ified)?(_|$)")
_UNRECTIFIED = re.compile(r"(^|_)(raw|unrectified|unrect|distorted)(_|$)|^image_(mono|color|colour)$")
_UNCLEAR = re.compile(r"(^|_)undist(ort|orted)?(_|$)")
_TRANSPORTS = ("compressed", "zstd", "theora", "ffmpeg")


def frame_name(text: str) -> str:
    """Return a frame's name without the slashes of ROS 1."""
    return text.strip("/")


def says_rectified(topic: str) -> bool | None:
    """Return whether a topic's images are rectified, by its name; None if the name does not tell.

    image_proc publishes ``image_rect`` and ``image_rect_color``; RealSense ``image_rect_raw``. ``image_raw`` and
    image_proc's ``image_mono`` and ``image_color`` are as the lens made them.
    """
    parts = [part.lower() for part in topic.split("/") if part]
    while parts and parts[-1] in _TRANSPORTS:
        parts.pop()
    if any(_RECTIFIED.search(part) for part in parts):
        return True
    if any(_UNCLEAR.search(part) for part in parts):
        return None
    return False if any(_UNRECTIFIED.search(part) for part in parts) else None


def is_odometry(frame: str) -> bool:
    """Return whether a frame belongs to odometry, by its name: ``odom``, ``robot1/odom``, ``odom_combined``."""
    return "odom" in frame.lower().rpartition("/")[2]
