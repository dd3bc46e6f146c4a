"""Indoor-6 (Do et al., CVPR 2022): images/*.{color.jpg,pose.txt,intrinsics.txt} and train_test_val.pkl.

A pose file is cam_from_world, 3 x 4, in meters. The first line of an intrinsics file is ``width height f cx cy ...``;
cx and cy count from the corner, as in COLMAP. The split is a pickle, which is read without running it. The part ``val``
belongs to no split here, only to ``all``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import CameraError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.geometry.colmap_convention import camera_from_colmap
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import parse_camera
from reloc.maps.sources.shared.frames import check_split, natural, read_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.pickled_texts import texts_by_name
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real, real_or_not_finite, whole
from reloc.parsing.regular_file import MIB, read_bytes
from reloc.parsing.text_file import read_text

SPLIT_FILE = "train_test_val.pkl"
_COLOUR = ".color.jpg"
_LARGEST = 100_000  # pixels of a side


class Indoor6(Importer):
    """Importer of one scene of Indoor-6."""

    name = "indoor6"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        folder = self.path / "images"
        names = self._names(check_split(split), folder)
        left_out = self.bad(f"frames of {self.path}, split {split}")
        frames = []
        for name in names:
            stem = name.removesuffix(_COLOUR)
            pose = left_out.attempt("without a pose", partial(_pose, folder / f"{stem}.pose.txt", stem))
            if pose is None:
                continue
            camera = self._camera(folder / f"{stem}.intrinsics.txt")
            file = folder / name
            frames.append(SourceFrame(stem, partial(images.load, file), camera, pose, image_file=file))
        return self.checked(frames, f"{self.path}, split {split}", left_out)

    def _names(self, split: str, folder: Path) -> list[str]:
        if split == "all":
            found = sorted((f.name for f in folder.glob(f"*{_COLOUR}")), key=natural)
        else:
            blame = Blame(str(self.path / SPLIT_FILE), SourceError, "Fetch the data set again")
            lists = texts_by_name(read_bytes(self.path / SPLIT_FILE, blame, 64 * MIB), blame)
            if split not in lists:
                raise blame.refuse(f"has no list {split}; it has {', '.join(map(shown, lists)) or 'none'}")
            found = lists[split]
            for name in found:
                if PurePosixPath(name).name != name or not name.endswith(_COLOUR):
                    raise blame.refuse(f"lists {shown(name)}; the name of an image *{_COLOUR} is expected")
        if not found:
            raise SourceError(f"No images/*{_COLOUR} in {self.path}, split {split}", "Give the folder of one scene")
        return found

    def _camera(self, file: Path) -> Camera:
        blame = Blame(str(file), CameraError, "Its first line must be: width height f cx cy")
        lines = read_lines(file, "width height f cx cy")
        words = lines[0].split() if lines else []
        if len(words) < 5:
            raise blame.refuse(f"says {shown(' '.join(words))}")
        width, height = (whole(word, blame, 1, _LARGEST) for word in words[:2])
        if self.options.camera:
            return parse_camera(self.options.camera, (width, height), corner=self.options.camera_origin != "centre")
        focal, cx, cy = (real(word, blame) for word in words[2:5])
        return camera_from_colmap("PINHOLE", width, height, (focal, focal, cx, cy))


def _pose(file: Path, name: str) -> Float64:
    blame = Blame(str(file), PoseError, "It must hold 3 x 4 numbers", verdict="is not a pose")
    words = read_text(file, blame, MIB).split()
    if len(words) not in (12, 16):
        raise PoseError(f"{file} holds {len(words)} numbers", "A pose file must hold 3 x 4 numbers")
    matrix = np.eye(4)
    matrix[:3] = np.array([real_or_not_finite(word, blame) for word in words[:12]]).reshape(3, 4)
    cam_from_world = transforms.check_rigid(matrix, f"Pose of {name}")
    return np.asarray(transforms.inverse(cam_from_world))


PLUGIN = Indoor6
