"""Look through a video with OpenCV's FFmpeg, in a process of its own: damaged files may hang or crash a decoder."""

from __future__ import annotations

import json
import os

import cv2

MOST_FRAMES = 2_000_000  # 18 hours at 30 Hz


def scan(path: str) -> bytes:
    """Return JSON of :class:`reloc.maps.sources.shared.video_reader.VideoScan`.

    Raises:
        ValueError: nothing can be decoded.
    """
    capture = cv2.VideoCapture(os.path.abspath(path), cv2.CAP_FFMPEG)
    try:
        good, image = capture.read() if capture.isOpened() else (False, None)
        if not good or image is None:
            raise ValueError("no frame can be decoded: it is damaged, not a video, or its codec is not supported")
        height, width = image.shape[:2]
        stamps_ms = [capture.get(cv2.CAP_PROP_POS_MSEC)]
        while capture.grab() and len(stamps_ms) < MOST_FRAMES:
            stamps_ms.append(capture.get(cv2.CAP_PROP_POS_MSEC))
        declared, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    finally:
        capture.release()
    values = {"width": width, "height": height, "stamps_ms": stamps_ms, "declared": declared, "rate": rate}
    return json.dumps(values).encode()
