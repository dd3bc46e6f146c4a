"""A video file without poses: for queries, and for maps with poses by structure from motion.

Stamps count from the video's start. A camera comes by option or from ``camera.json`` beside the video.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import SIDECAR, colour_camera
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.video_reader import VideoFrames, scan_video
from reloc.parsing.regular_file import is_there


class Video(Importer):
    """Importer of a video; there are no splits."""

    name = "video"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        found = scan_video(self.path)
        stamps = found.stamps_ns
        if found.declared > len(stamps) + 2:
            left = f"{found.declared - len(stamps):.0f} of {found.declared:.0f} frames left out"
            self.notes.append(f"{left}: {self.path} can be decoded only up to {stamps[-1] * 1e-9:.2f} s")
        folder, size = self.path.parent, (found.width, found.height)
        told = bool(self.options.camera) or is_there(folder / SIDECAR)
        camera = colour_camera(folder, size, self.options, "centre") if told else None
        video = VideoFrames(self.path)
        frames = [
            SourceFrame(f"{self.path.stem}/{i:06d}", partial(video.load, i), camera, stamp_ns=stamp)
            for i, stamp in enumerate(stamps)
        ]
        return self.checked(frames, str(self.path))


PLUGIN = Video
