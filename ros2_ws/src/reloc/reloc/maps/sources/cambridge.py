"""Cambridge Landmarks (Kendall et al., ICCV 2015): dataset_train.txt, dataset_test.txt, seq*/frame*.png.

A line is ``file x y z qw qx qy qz``, VisualSFM's: the camera's centre in the world, and the rotation
*from the world to the camera*. So world_from_cam = [R(q)^T, c]. The focal length of each image stands in
``reconstruction.nvm``, its principal point is the middle; VisualSFM's distortion, an inverse model, is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.pose_input import from_quaternion
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import colour_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, check_frames, check_split, image_size, read_lines
from reloc.maps.sources.shared.importer import Importer

LISTS = {
    "train": ["dataset_train.txt"],
    "test": ["dataset_test.txt"],
    "all": ["dataset_train.txt", "dataset_test.txt"],
}


class Cambridge(Importer):
    """Importer of one landmark. All images are of one size."""

    name = "cambridge"

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        poses = [pose for file in LISTS[check_split(split)] for pose in _read_list(self.path / file)]
        focals = {} if self.options.camera else _read_focals(self.path / "reconstruction.nvm")
        frames: list[SourceFrame] = []
        if poses:
            size = image_size(self.path / poses[0][0])
            cameras: dict[str, Camera] = {}  # by focal length: thousands of frames share a few
            for name, pose in poses:
                focal = focals.get(_stem(name), "")
                if focal not in cameras:
                    cameras[focal] = colour_camera(self.path, size, self.options, "corner", focal)
                file = self.path / name
                frames.append(SourceFrame(name, partial(images.load, file), cameras[focal], pose, image_file=file))
        check_frames(frames, f"{self.path}, split {split}", allow_duplicates=self.options.allow_duplicates)
        return frames


def _read_list(file: Path) -> list[tuple[str, Float64]]:
    found = []
    for line in read_lines(file, "lines 'file x y z qw qx qy qz'"):
        words = line.split()
        if PurePosixPath(words[0]).suffix.lower() not in IMAGE_SUFFIXES:
            continue  # the two lines of heading
        try:
            numbers = [float(w) for w in words[1:]]
        except ValueError:
            numbers = []
        if len(numbers) != 7:
            raise SourceError(f"{file} says {line!r}", "Its lines are: file x y z qw qx qy qz")
        centre, (qw, qx, qy, qz) = numbers[:3], numbers[3:]
        cam_from_world = from_quaternion((qx, qy, qz, qw), (0.0, 0.0, 0.0), f"Pose of {words[0]} in {file}")
        pose = transforms.check_rigid(transforms.make(cam_from_world[:3, :3].T, centre), f"Pose of {words[0]}")
        found.append((words[0], pose))
    return found


def _read_focals(file: Path) -> dict[str, str]:
    """Focal length of each image of an NVM file, in pixels, by name without suffix; empty without the file."""
    if not file.is_file():
        return {}
    lines = read_lines(file, "an NVM_V3 model")
    try:
        start = next(i for i, line in enumerate(lines) if line.isdigit())
        rows = [line.split() for line in lines[start + 1 : start + 1 + int(lines[start])]]
        return {_stem(row[0]): str(float(row[1])) for row in rows}
    except (StopIteration, ValueError, IndexError):
        raise SourceError(f"{file} is no NVM model", "Mend it, or give --camera and move it away") from None


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))  # the model says .jpg, the data set has .png


PLUGIN = Cambridge
