"""7-Scenes (Shotton et al., CVPR 2013): folders seq-XX of frame-XXXXXX.{color,pose,depth}.

A pose file is world_from_cam in meters. Depth is in millimeters, from a separate depth camera; the color camera is 25.6
mm to its right. The official poses are those of the depth camera. By custom they are used as the color camera's, and so
is the default here; ``poses_of = depth`` is exact.

The authors give the principal point (320, 240) for 640 x 480: the image's center, counted from the image's corner, as
COLMAP counts. The SfM poses of Brachmann et al., ICCV 2021, are COLMAP's. So ``camera_origin`` is ``corner``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import PoseError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import colour_camera
from reloc.maps.sources.shared.depth import depth_rig
from reloc.maps.sources.shared.frames import check_split, image_size, natural, read_lines, read_matrix
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing.blame import shown

SIZE = (640, 480)
COLOUR_CAMERA, DEPTH_CAMERA = "525,320,240", "585,320,240"  # at that size
DEPTH_OFFSET = (-0.0256, 0.0, 0.0)  # meters: the depth camera in the color camera's frame
SPLIT_FILES = {"train": "TrainSplit.txt", "test": "TestSplit.txt"}


class SevenScenes(Importer):
    """Importer of one 7-Scenes scene."""

    name = "7scenes"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        files = [file for folder in self._sequences(split) for file in colour_files(folder)]
        if not files:
            raise SourceError(
                f"No frame-*.color.png or .jpg in {self.path}, split {split}", "Give the folder of a 7-Scenes scene"
            )
        size = image_size(files[0])
        camera = colour_camera(self.path, size, self.options, "corner", COLOUR_CAMERA if size == SIZE else "")
        rig = depth_rig(self.options, "corner", DEPTH_CAMERA, DEPTH_OFFSET)
        frames, left_out = [], self.bad(f"frames of {self.path}, split {split}")
        for file in files:
            stem = file.name.removesuffix(file.suffix).removesuffix(".color")
            name = f"{file.parent.name}/{stem}"
            pose = left_out.attempt("without a pose", partial(_pose, file.parent / f"{stem}.pose.txt", name))
            if pose is None:
                continue
            if self.options.poses_of == "depth":
                pose = pose @ transforms.inverse(rig.cam_from_depth)
            depth_file = file.parent / f"{stem}.depth.png"
            frames.append(
                SourceFrame(
                    name,
                    partial(images.load, file),
                    camera,
                    pose,
                    load_depth=partial(rig.load_if_there, depth_file, camera),
                    image_file=file,
                )
            )
        return self.checked(frames, f"{self.path}, split {split}", left_out)

    def _sequences(self, split: str) -> Iterator[Path]:
        if check_split(split) == "all":
            folders = sorted((p for p in self.path.glob("seq-*") if p.is_dir()), key=lambda p: natural(p.name))
            if not folders:
                raise SourceError(f"No folder seq-01, seq-02, ... in {self.path}", "Give the folder of one scene")
            yield from folders
            return
        file = self.path / SPLIT_FILES[split]
        for line in read_lines(file, "lines such as 'sequence1'"):
            match = re.fullmatch(r"(?:sequence|seq-?)([0-9]{1,9})", line)
            if not match:
                raise SourceError(f"{file} says {shown(line)}", "Its lines must be sequence1, sequence2, ...")
            folder = self.path / f"seq-{int(match[1]):02d}"
            if not folder.is_dir():
                raise SourceError(f"{file} lists {line}, but {folder} does not exist", "Unpack that sequence")
            yield folder


def _pose(file: Path, name: str) -> Float64:
    return transforms.check_rigid(read_matrix(file), f"Pose of {name}")


def colour_files(folder: Path) -> list[Path]:
    """Return the color images of one sequence in order.

    Raises:
        PoseError: a frame exists both as png and as jpg.
    """
    files = sorted((f for f in folder.glob("frame-*.color.*") if f.suffix in (".png", ".jpg")), key=lambda f: f.name)
    for one, next_one in pairwise(files):
        if one.stem == next_one.stem:
            raise PoseError(f"{one} exists beside {next_one.name}", "Keep one image per frame")
    return files


PLUGIN = SevenScenes
