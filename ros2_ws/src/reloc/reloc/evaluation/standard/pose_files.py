"""Poses by structure from motion, published with *On the Limits of Pseudo Ground Truth* (Brachmann et al., ICCV 2021).

A line is ``image qw qx qy qz tx ty tz f``: cam_from_world, and the focal length as COLMAP estimated it. The principal
point is the image's center.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.pose_input import from_quaternion
from reloc.maps.source import Source, SourceFrame
from reloc.parsing import text_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real

_FORM = "Each line must be: image qw qx qy qz tx ty tz f"


class PosedByFiles:
    """A source whose frames have other poses and another focal length. Frames without a line are left out."""

    def __init__(self, source: Source, files: Mapping[str, Path]) -> None:
        """Args:
        source: gives the images.
        files: by split, "train" and "test".
        """
        self.name, self.keyframes, self.notes = source.name, source.keyframes, source.notes
        self.options = getattr(source, "options", None)
        self._source, self._files = source, files

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`.

        Raises:
            SourceError: a file is not of this form, or has no line for any frame.
        """
        chosen = [self._files[split]] if split in self._files else list(self._files.values())
        lines = {name: line for file in chosen for name, line in read(file).items()}
        found = []
        frames = self._source.frames(split)
        for frame in frames:
            if (line := lines.get(key(frame.name))) is not None:
                world_from_cam, focal = line
                camera = None if frame.camera is None else _with_focal(frame.camera, focal)
                found.append(replace(frame, world_from_cam=world_from_cam, camera=camera))
        if not found:
            raise SourceError(f"{chosen[0]} has no line for {frames[0].name}", "Give the file of this scene")
        if len(found) < len(frames):
            self.notes.append(f"{len(frames) - len(found)} of {len(frames)} frames have no line in {chosen[0].name}")
        return found


def read(file: Path) -> dict[str, tuple[Float64, float]]:
    """Return world_from_cam (4, 4) and the focal length in pixels by the image's key.

    Raises:
        SourceError: the file is missing, or a line has another form.
        PoseError: a line is no pose.
    """
    blame = Blame(str(file), SourceError, _FORM)
    found = {}
    for number, text in text_file.read_lines(file, blame):
        words, part = text.split(), blame.at(f"line {number}")
        if len(words) != 9:
            raise part.refuse(f"says {shown(text)}")
        qw, qx, qy, qz, *rest = (real(word, part) for word in words[1:])
        pose = from_quaternion((qx, qy, qz, qw), rest[:3], f"Line {number} of {file}")
        found[key(words[0])] = (np.asarray(transforms.inverse(pose)), rest[3])
    return found


def key(name: str) -> str:
    """Return what a frame's name and a file's name of it have in common: ``seq-01/frame-000000``."""
    return re.sub(r"(\.color)?\.(png|jpg|jpeg)$", "", name).removeprefix("data/")


def _with_focal(camera: Camera, focal: float) -> Camera:
    return Camera(camera.width, camera.height, focal, focal, (camera.width - 1) / 2, (camera.height - 1) / 2)
