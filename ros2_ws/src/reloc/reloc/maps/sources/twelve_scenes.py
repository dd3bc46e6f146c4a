"""12-Scenes (Valentin et al., 3DV 2016): data/frame-XXXXXX.{color.jpg,depth.png,pose.txt}, info.txt, split.txt.

A pose file is world_from_cam of the color camera in meters. If tracking was lost, it holds infinities, and that frame
is left out. ``info.txt`` holds the intrinsics of the color camera (1296 x 968) and of the depth images (640 x 480).
Depth is registered to the color image. The color camera's intrinsics are the iPad's own calibration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reloc import images
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import colour_camera
from reloc.maps.sources.shared.depth import depth_rig
from reloc.maps.sources.shared.frames import check_split, image_size, natural, read_lines, read_matrix
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing.blame import Blame
from reloc.parsing.numbers import real
from reloc.parsing.regular_file import is_there


class TwelveScenes(Importer):
    """Importer of one room of 12-Scenes. The test split is the sequence that ``split.txt`` names first."""

    name = "12scenes"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        data = self.path / "data"
        files = sorted(data.glob("frame-*.color.*"), key=lambda f: natural(f.name))
        if check_split(split) != "all":
            test = self._test_numbers()
            files = [f for f in files if (_number(f) in test) == (split == "test")]
        if not files:
            raise SourceError(
                f"No data/frame-*.color.jpg in {self.path}, split {split}", "Give the folder of a 12-Scenes room"
            )
        info = self._info()
        camera = colour_camera(
            self.path, image_size(files[0]), self.options, "centre", _intrinsics(info, "m_calibrationColorIntrinsic")
        )
        depth = _intrinsics(info, "m_calibrationDepthIntrinsic")
        rig = depth_rig(self.options, "centre", depth, units_per_metre=_depth_shift(info, self.path / "info.txt"))
        frames, lost, left_out = [], 0, self.bad(f"frames of {self.path}, split {split}")
        for file in files:
            stem = file.name.split(".")[0]
            matrix = left_out.attempt("without a pose", partial(read_matrix, data / f"{stem}.pose.txt"))
            if matrix is None:
                continue
            if not np.isfinite(matrix).all():
                lost += 1
                continue
            rigid = partial(transforms.check_rigid, matrix, f"Pose of {stem}")
            pose = left_out.attempt("with a pose that is not rigid", rigid)
            if pose is None:
                continue
            load_depth = partial(rig.load_if_there, data / f"{stem}.depth.png", camera)
            loader = partial(images.load, file)
            frames.append(SourceFrame(stem, loader, camera, pose, load_depth=load_depth, image_file=file))
        if lost:
            self.notes.append(f"{lost} of {len(files)} frames left out: the data set marks their poses as lost")
        return self.checked(frames, f"{self.path}, split {split}", left_out)

    def _test_numbers(self) -> range:
        """Return the frame numbers of the first sequence, as in the data set's paper."""
        lines = read_lines(self.path / "split.txt", "lines such as 'sequence0 [frames=357] [start=0 ; end=356]'")
        match = re.search(r"start\s*=\s*([0-9]{1,9})\s*;\s*end\s*=\s*([0-9]{1,9})", lines[0] if lines else "")
        if not match:
            raise SourceError(f"{self.path / 'split.txt'} names no frames", "Its lines must end in [start=0 ; end=356]")
        return range(int(match[1]), int(match[2]) + 1)

    def _info(self) -> dict[str, str]:
        if not is_there(self.path / "info.txt"):
            return {}
        pairs = (line.partition("=") for line in read_lines(self.path / "info.txt", "lines 'key = value'"))
        return {key.strip(): value.strip() for key, _, value in pairs}


def _number(file: Path) -> int:
    digits = re.search(r"[0-9]+", file.name)
    return int(digits[0]) if digits and len(digits[0]) <= 18 else -1


def _depth_shift(info: dict[str, str], file: Path) -> float:
    """Return the units of a depth image in one meter."""
    blame = Blame(f"{file}, m_depthShift", SourceError, "Give the units of a depth image in one meter, such as 1000")
    units = real(info.get("m_depthShift", "1000"), blame)
    if units <= 0:
        raise blame.refuse(f"is {units}")
    return units


def _intrinsics(info: dict[str, str], key: str) -> str:
    """Return ``fx,fy,cx,cy`` from a 4 x 4 matrix; empty if there is none."""
    numbers = info.get(key, "").split()
    if not numbers:
        return ""
    if len(numbers) != 16:
        raise SourceError(f"info.txt: {key} has {len(numbers)} numbers", "It must be 4 x 4")
    return ",".join(numbers[i] for i in (0, 5, 2, 6))


PLUGIN = TwelveScenes
