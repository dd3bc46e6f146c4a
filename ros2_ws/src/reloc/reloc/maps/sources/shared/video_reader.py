"""The frames of a video file: found once, then decoded in order."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import msgspec

from reloc.datatypes import UInt8
from reloc.errors import ImageError, VideoError
from reloc.images import to_rgb
from reloc.parsing import bounded, json_file
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count
from reloc.parsing.regular_file import opened, size_of

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".wmv", ".3gp")
FIX = "Play it in another program to check it; `ffmpeg -i VIDEO frames/%06d.jpg` makes images of what can be decoded"
_USUAL_RATE = 30.0
_BASE_S, _BYTES_A_S, _MEMORY = 60.0, 2**19, 6 * 2**30


class VideoScan(msgspec.Struct, frozen=True):
    """What a look through a video found."""

    width: Count
    height: Count
    stamps_ms: list[float]  # one for each frame that can be decoded
    declared: float  # frames that its header declares
    rate: float  # frames a second, by its header

    @property
    def stamps_ns(self) -> list[int]:
        """Nanoseconds from the video's start, rising; by the rate where the file's own stamps do not rise."""
        own = [round(ms * 1e6) for ms in self.stamps_ms]
        if all(a < b for a, b in pairwise(own)):
            return own
        rate = self.rate if 0.01 < self.rate < 10_000 else _USUAL_RATE
        return [round(i * 1e9 / rate) for i in range(len(own))]


def scan_video(path: Path) -> VideoScan:
    """Find the frames of a video. It decodes each once.

    Raises:
        VideoError: it is not a regular file, or no frame can be decoded.
    """
    blame = Blame(f"The video {path}", VideoError, FIX)
    with opened(path, blame) as stream:
        size = size_of(stream)
    limits = bounded.Limits(_BASE_S + size / _BYTES_A_S, _MEMORY)
    answer = bounded.run("reloc.maps.sources.shared.video_worker:scan", [str(path)], limits, blame)
    return json_file.parse(answer, VideoScan, blame)


class VideoFrames:
    """Decodes frames by number. In order it is quick; a step back starts from the beginning.

    Threads may share it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._lock = threading.Lock()
        self._capture: Any = None
        self._next = 0

    def load(self, index: int) -> UInt8:
        """Return frame ``index``, (H, W, 3) RGB.

        Raises:
            ImageError: it cannot be decoded.
        """
        with self._lock:
            if self._capture is None or index < self._next:
                self._capture, self._next = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG), 0
            good, image = True, None
            while good and self._next < index:
                good = self._capture.grab()
                self._next += 1
            if good:
                good, image = self._capture.read()
                self._next += 1
            if not good or image is None:
                self._capture = None
                raise ImageError(f"Frame {index} of {self._path} cannot be decoded", FIX)
            return to_rgb(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
