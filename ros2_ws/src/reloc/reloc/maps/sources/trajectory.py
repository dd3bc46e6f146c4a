"""A trajectory of ORB-SLAM3, stella_vslam or another SLAM system beside the images that it saw.

TUM's form is ``stamp tx ty tz qx qy qz qw``, world_from_cam. Stamps are seconds, or nanoseconds as ORB-SLAM3 writes
them for EuRoC. KITTI's form is 3 x 4 numbers a line, line i for image i. The images' stamps are in their names, or in
``rgb.txt`` (stamp and file), or in ``times.txt`` (a time a line, in the order of the names). Poses must be the camera's
own: with an IMU, ORB-SLAM3's ``SaveTrajectoryEuRoC`` writes those of the IMU.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reloc import images
from reloc.errors import SourceError
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import colour_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, image_size, natural, numbered_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.matrix_lines import NUMBERS, matrix_of
from reloc.maps.sources.shared.recorded import StampedImage, along_path, first_size
from reloc.maps.tum_lines import TUM_COLUMNS, stamp_ns, stamped_pose
from reloc.parsing import names
from reloc.parsing.blame import Blame, shown
from reloc.parsing.regular_file import is_there
from reloc.parsing.stamps import stamp_in_name

FILES = (
    "CameraTrajectory.txt", "KeyFrameTrajectory.txt", "frame_trajectory.txt", "keyframe_trajectory.txt",
    "trajectory.txt", "trajectory.tum", "poses.txt",
)  # fmt: skip
PLACES = ("images", "rgb", "image_0", "data", ".")
TIMES = ("times.txt", "timestamps.txt")
SAME_NS = 2_000_000  # text rounds stamps; a pose of another image is farther


class Trajectory(Importer):
    """Importer of a folder with images and a trajectory; there are no splits."""

    name = "trajectory"
    keyframes = KeyframeConfig(min_distance_m=0.1, min_angle_deg=10.0)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        listed, folder = self._file(), self._image_folder()
        files = [f for f in folder.iterdir() if f.suffix.lower() in IMAGE_SUFFIXES]
        files = sorted(files, key=lambda f: natural(f.name))
        if not files:
            raise SourceError(f"No image in {folder}", "Say where they are: --images FOLDER")
        lines = numbered_lines(listed, "'stamp tx ty tz qx qy qz qw', or 3 x 4 numbers, a line")
        widths = [len(line.replace(",", " ").split()) for _, line in lines]
        if not widths or max(set(widths), key=widths.count) not in (TUM_COLUMNS, NUMBERS):
            raise SourceError(
                f"{listed} is not a trajectory: its lines have {max(set(widths), key=widths.count) if widths else 0} "
                "columns",
                f"TUM's form has {TUM_COLUMNS} columns, KITTI's {NUMBERS}",
            )
        kitti = max(set(widths), key=widths.count) == NUMBERS
        return self._by_line(listed, lines, folder, files) if kitti else self._by_stamp(listed, lines, folder, files)

    def _by_line(
        self, listed: Path, lines: list[tuple[int, str]], folder: Path, files: list[Path]
    ) -> list[SourceFrame]:
        if len(lines) != len(files):
            raise SourceError(
                f"{listed} has {len(lines)} poses, but {folder} has {len(files)} images",
                "In KITTI's form line i is the pose of image i. Write TUM's form, which has stamps",
            )
        camera = colour_camera(folder, image_size(files[0]), self.options, "centre")
        frames, left_out = [], self.bad(f"lines of {listed}")
        for file, (number, line) in zip(files, lines, strict=True):
            pose = left_out.attempt("without a pose", partial(matrix_of, line, f"{listed}, line {number}"))
            if pose is not None:
                stamp = stamp_in_name(file.stem)
                frames.append(SourceFrame(file.name, partial(images.load, file), camera, pose, stamp, image_file=file))
        return self.checked(frames, str(self.path), left_out)

    def _by_stamp(
        self, listed: Path, lines: list[tuple[int, str]], folder: Path, files: list[Path]
    ) -> list[SourceFrame]:
        left_out = self.bad(f"lines of {listed}")
        found = [
            left_out.attempt("without a pose", partial(stamped_pose, line, f"{listed}, line {n}")) for n, line in lines
        ]
        self.settle(left_out, len(lines))
        frames = along_path(
            self,
            self._pictures(folder, files),
            [pose for pose in found if pose is not None],
            lambda kept: colour_camera(folder, first_size(kept), self.options, "centre"),
            np.eye(4),
            SAME_NS,
        )
        return self.checked(frames, str(self.path))

    def _pictures(self, folder: Path, files: list[Path]) -> list[StampedImage]:
        if is_there(self.path / "rgb.txt"):
            return self._listed(self.path / "rgb.txt")
        times = next(
            (p / name for p in (self.path, folder.parent, folder) for name in TIMES if is_there(p / name)), None
        )
        if times is not None:
            blame = Blame(str(times), SourceError, "It should have one time for each image")
            lines = numbered_lines(times, "a time a line")
            if len(lines) != len(files):
                raise blame.refuse(f"has {len(lines)} times, but {folder} has {len(files)} images")
            stamps: list[int | None] = [stamp_ns(line.split()[0], blame.at(f"line {n}")) for n, line in lines]
        else:
            stamps = [stamp_in_name(file.stem) for file in files]
        unknown = [file for file, stamp in zip(files, stamps, strict=True) if stamp is None]
        if unknown:
            raise SourceError(
                f"It is not known when {unknown[0]} was taken: its name has no stamp",
                "Write times.txt with one time for each image beside the images",
            )
        return [StampedImage(s, f, f.name) for s, f in zip(stamps, files, strict=True) if s is not None]

    def _listed(self, file: Path) -> list[StampedImage]:
        lines, left_out = numbered_lines(file, "a stamp and a file a line"), self.bad(f"lines of {file}")
        blame = Blame(str(file), SourceError, "Its lines are a stamp and the name of an image")
        found = [left_out.attempt("that cannot be read", partial(_picture, t, self.path, blame.at(f"line {n}")))
                 for n, t in lines]  # fmt: skip
        self.settle(left_out, len(lines))
        return [picture for picture in found if picture is not None]

    def _file(self) -> Path:
        if self.options.trajectory:
            return Path(self.options.trajectory)
        found = next((self.path / name for name in FILES if is_there(self.path / name)), None)
        if found is None:
            raise SourceError(f"{self.path} has none of {', '.join(FILES)}", "Name the file with --trajectory")
        return found

    def _image_folder(self) -> Path:
        if self.options.images:
            return Path(self.options.images)
        return next(self.path / place for place in PLACES if (self.path / place).is_dir())


def _picture(line: str, folder: Path, blame: Blame) -> StampedImage:
    words = line.replace(",", " ").split()
    if len(words) < 2:
        raise blame.refuse(f"says {shown(line)}")
    name = names.relative(words[1], blame.at("the file"), str(folder))
    return StampedImage(stamp_ns(words[0], blame.at("the stamp")), folder / name, name)


PLUGIN = Trajectory
