"""KITTI odometry (Geiger et al., CVPR 2012): ``sequences/00/image_2``, its ``calib.txt``, and ``poses/00.txt``.

Line i of the poses is world_from_cam0 (3 x 4) of image i, cam0 being the left gray camera. ``P2`` of ``calib.txt`` is
``K [I | t]``, so that camera 2 sees a point of cam0 at ``x + t``. Images are rectified. Another camera is chosen by
``--images .../image_0``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import CameraError, SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, image_size, natural, numbered_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.matrix_lines import matrix_of
from reloc.parsing.blame import Blame
from reloc.parsing.numbers import real
from reloc.parsing.regular_file import is_there
from reloc.parsing.stamps import seconds_to_ns

FOLDERS = ("image_2", "image_0", "image_3", "image_1")


class Kitti(Importer):
    """Importer of one sequence, such as ``sequences/00``; there are no splits."""

    name = "kitti"
    keyframes = KeyframeConfig(min_distance_m=1.0, min_angle_deg=10.0)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        folder = self._image_folder()
        files = sorted(
            (f for f in folder.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES), key=lambda f: natural(f.name)
        )
        if not files:
            raise SourceError(f"No image in {folder}", "Give the folder of a sequence, such as sequences/00")
        listed = self._poses_file()
        lines = numbered_lines(listed, "12 numbers a line, one line an image")
        if len(lines) != len(files):
            raise SourceError(
                f"{listed} has {len(lines)} poses, but {folder} has {len(files)} images",
                "Line i is the pose of image i: give the poses and all images of one sequence",
            )
        projection = self._projection(int(match[1]) if (match := re.fullmatch(r"image_([0-3])", folder.name)) else 0)
        camera, cam0_from_cam = self._camera(projection, image_size(files[0]))
        stamps = self._stamps(len(files))
        frames, left_out = [], self.bad(f"lines of {listed}")
        for file, (number, line), stamp in zip(files, lines, stamps, strict=True):
            pose = left_out.attempt("without a pose", partial(matrix_of, line, f"{listed}, line {number}"))
            if pose is not None:
                name = f"{folder.name}/{file.name}"
                frames.append(
                    SourceFrame(name, partial(images.load, file), camera, pose @ cam0_from_cam, stamp, image_file=file)
                )
        return self.checked(frames, str(self.path), left_out)

    def _image_folder(self) -> Path:
        if self.options.images:
            return Path(self.options.images)
        found = next((self.path / name for name in FOLDERS if (self.path / name).is_dir()), None)
        if found is None:
            raise SourceError(f"{self.path} has none of {', '.join(FOLDERS)}", "Give a folder such as sequences/00")
        return found

    def _poses_file(self) -> Path:
        name = self.path.resolve().name
        places = (
            [Path(self.options.trajectory)] if self.options.trajectory
            else [self.path / "poses.txt", self.path / f"{name}.txt", self.path.parent.parent / "poses" / f"{name}.txt"]
        )  # fmt: skip
        found = next((place for place in places if is_there(place)), None)
        if found is None:
            raise SourceError(
                f"No poses for {self.path}: none of {', '.join(str(place) for place in places)} exists",
                "Unpack KITTI's poses beside sequences/, or give the file with --trajectory",
            )
        return found

    def _projection(self, number: int) -> Float64 | None:
        """Return P of the camera (3, 4); None if there is no calib.txt and --camera replaces it."""
        file = self.path / "calib.txt"
        if self.options.camera and not is_there(file):
            return None
        blame = Blame(str(file), SourceError, "It should have lines such as 'P2: 7.188e+02 0 ...', 12 numbers each")
        for line_number, line in numbered_lines(file, "lines P0: to P3:"):
            head, _, rest = line.partition(":")
            if head.strip() in (f"P{number}", f"P_rect_0{number}"):
                at = blame.at(f"line {line_number}")
                numbers = [real(word, at) for word in rest.split()]
                if len(numbers) != 12:
                    raise at.refuse(f"has {len(numbers)} numbers")
                return np.array(numbers).reshape(3, 4)
        raise blame.refuse(f"lacks P{number}")

    def _camera(self, projection: Float64 | None, size: tuple[int, int]) -> tuple[Camera, Float64]:
        if projection is None:
            return parse_camera(self.options.camera, size, corner=counts_from_corner(self.options, "centre")), np.eye(4)
        k = projection[:, :3]
        if not abs(np.linalg.det(k)) > 1e-9:
            raise CameraError(f"calib.txt of {self.path} has no camera: its P cannot be inverted", "Copy it again")
        cam_from_cam0 = transforms.make(np.eye(3), np.linalg.solve(k, projection[:, 3]))
        if self.options.camera:
            camera = parse_camera(self.options.camera, size, corner=counts_from_corner(self.options, "centre"))
        else:
            fx, fy, cx, cy = (float(v) for v in (k[0, 0], k[1, 1], k[0, 2], k[1, 2]))
            camera = Camera(size[0], size[1], fx, fy, cx, cy)
            camera.check_plausible(projection.ravel().tolist(), f"P in calib.txt of {self.path}")
        return camera, transforms.inverse(cam_from_cam0)

    def _stamps(self, count: int) -> list[int | None]:
        file = self.path / "times.txt"
        if not is_there(file):
            return [None] * count
        blame = Blame(str(file), SourceError, "It should have one time in seconds for each image")
        found: list[int | None] = [
            seconds_to_ns(line, blame.at(f"line {number}")) for number, line in numbered_lines(file, "a time a line")
        ]
        if len(found) != count:
            raise blame.refuse(f"has {len(found)} times for {count} images")
        return found


PLUGIN = Kitti
