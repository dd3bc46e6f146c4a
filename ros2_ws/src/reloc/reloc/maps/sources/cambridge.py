"""Cambridge Landmarks (Kendall et al., ICCV 2015): dataset_train.txt, dataset_test.txt, seq*/frame*.png.

A line is ``file x y z qw qx qy qz`` as VisualSFM writes it. It holds the camera's center in the world and the rotation
*from the world to the camera*. So world_from_cam = [R(q)^T, c]. The focal length of each image is read from
``reconstruction.nvm``. The principal point is the image's center. VisualSFM's distortion is an inverse model and is
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
from reloc.maps.left_out import LeftOut
from reloc.maps.pose_input import from_quaternion
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import colour_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, check_split, image_size, numbered_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real, real_or_not_finite, whole
from reloc.parsing.regular_file import is_there

LISTS = {
    "train": ["dataset_train.txt"],
    "test": ["dataset_test.txt"],
    "all": ["dataset_train.txt", "dataset_test.txt"],
}


class Cambridge(Importer):
    """Importer of one landmark. All images have the same size."""

    name = "cambridge"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        left_out = self.bad(f"lines of {self.path}, split {split}")
        poses = [pose for file in LISTS[check_split(split)] for pose in _read_list(self.path / file, left_out)]
        focals = {} if self.options.camera else _read_focals(self.path / "reconstruction.nvm")
        frames: list[SourceFrame] = []
        if poses:
            size = image_size(self.path / poses[0][0])
            cameras: dict[str, Camera] = {}  # by focal length: thousands of frames share few cameras
            for name, pose in poses:
                focal = focals.get(_stem(name), "")
                if focal not in cameras:
                    cameras[focal] = colour_camera(self.path, size, self.options, "corner", focal)
                file = self.path / name
                frames.append(SourceFrame(name, partial(images.load, file), cameras[focal], pose, image_file=file))
        return self.checked(frames, f"{self.path}, split {split}", left_out)


def _read_list(file: Path, left_out: LeftOut) -> list[tuple[str, Float64]]:
    found = []
    blame = Blame(str(file), SourceError, "Each line must be: file x y z qw qx qy qz")
    for number, line in numbered_lines(file, "lines 'file x y z qw qx qy qz'"):
        words, part = line.split(), blame.at(f"line {number}")
        if PurePosixPath(words[0]).suffix.lower() not in IMAGE_SUFFIXES:
            continue  # the two lines of heading
        pose = left_out.attempt("without a pose", partial(_read_pose, words, part, f"{file}, line {number}"))
        if pose is not None:
            found.append((words[0], pose))
    return found


def _read_pose(words: list[str], part: Blame, where: str) -> Float64:
    if len(words) != 8:
        raise part.refuse(f"says {shown(' '.join(words))}")
    numbers = [real_or_not_finite(word, part) for word in words[1:]]
    centre, (qw, qx, qy, qz) = numbers[:3], numbers[3:]
    what = f"Pose of {words[0]} in {where}"
    cam_from_world = from_quaternion((qx, qy, qz, qw), (0.0, 0.0, 0.0), what)
    return transforms.check_rigid(transforms.make(cam_from_world[:3, :3].T, centre), what)


def _read_focals(file: Path) -> dict[str, str]:
    """Return the focal length of each image of an NVM file in pixels, by name without suffix; empty without a file."""
    if not is_there(file):
        return {}
    blame = Blame(
        str(file), SourceError, "Correct it, or pass --camera and move it away", verdict="is not an NVM model"
    )
    lines = numbered_lines(file, "an NVM_V3 model")
    start = next((i for i, (_, line) in enumerate(lines) if line.isascii() and line.isdigit()), None)
    if start is None:
        raise blame.refuse("has no line with the number of images")
    count = whole(lines[start][1], blame.at(f"line {lines[start][0]}, the number of images"), 0)
    rows = lines[start + 1 : start + 1 + count]
    if len(rows) < count:
        raise blame.refuse(f"is cut off: it declares {count} images, but has {len(rows)} lines")
    focals = {}
    for number, line in rows:
        words, part = line.split(), blame.at(f"line {number}")
        if len(words) < 2:
            raise part.refuse(f"has the line {shown(line)}; an image and its focal length are expected")
        focals[_stem(words[0])] = str(real(words[1], part))
    return focals


def _stem(name: str) -> str:
    if not PurePosixPath(name).name:
        return name
    return str(PurePosixPath(name).with_suffix(""))  # the model says .jpg, the data set has .png


PLUGIN = Cambridge
