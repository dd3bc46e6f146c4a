"""A camera that does not do what cameras do."""

from __future__ import annotations

import time

from parts.fault_scene import Row, scene


def camera_stops() -> Row:
    """No image for 6 s."""
    with scene() as s:
        s.mark()
        s.camera.running = False
        time.sleep(6)
        s.camera.running = True
        return s.row("camera_stops", "no image for 6 s", time.monotonic(), "map in use")


def camera_stutters() -> Row:
    """Bursts of images with gaps between them, for 8 s."""
    with scene() as s:
        s.mark()
        for _ in range(8):
            s.camera.rate, s.camera.running = 30.0, True
            time.sleep(0.3)
            s.camera.running = False
            time.sleep(0.7)
        s.camera.rate, s.camera.running = 5.0, True
        return s.row("camera_stutters", "bursts at 30 Hz and gaps of 0.7 s, for 8 s", time.monotonic(), "map in use")


def camera_doubles() -> Row:
    """Each image three times with the same stamp, for 6 s."""
    with scene() as s:
        s.mark()
        s.camera.copies = 3
        time.sleep(6)
        s.camera.copies = 1
        return s.row("camera_doubles", "each image three times, for 6 s", time.monotonic(), "map in use")


def stamps_jump_forward() -> Row:
    """The stamps of images and odometry jump an hour ahead, and stay there."""
    return _stamps("stamps_jump_forward", 3600, "stamps of images and odometry jump an hour ahead")


def stamps_jump_back() -> Row:
    """The stamps of images and odometry jump an hour back, and stay there."""
    return _stamps("stamps_jump_back", -3600, "stamps of images and odometry jump an hour back")


def _stamps(name: str, seconds: int, done: str) -> Row:
    with scene() as s:
        since = s.mark()
        s.camera.offset_ns = seconds * 10**9
        return s.row(name, done, since, "map in use")
