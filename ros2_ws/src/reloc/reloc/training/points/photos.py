"""Make pairs of views from photographs: two perspective views of a photograph, as if it hung on a wall."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import Float32, Float64, UInt8
from reloc.errors import ImageError, TrainingDataError
from reloc.networks.points_config import POINTS_CELL, POINTS_STRIDE
from reloc.synth.texture_library import SUFFIXES
from reloc.training.points import kept
from reloc.training.points.places import places
from reloc.training.points.teacher import Taught, Teacher
from reloc.training.points.view import TaughtPair, TaughtView, centers, sampled

_MOST_PIXELS = 1 << 28  # pixels of a photograph
LONGEST = 1.5  # sides of the network's images that are kept of a photograph's longer side
CLOSEST, FARTHEST = 0.5, 1.25  # sides of a view on the photograph, as shares of the side it is kept with
TILT = 0.25  # largest shift of the corners, as a share of the side


class TaughtPhotos:
    """The photographs of a folder, with the teacher's answers. The teacher sees each photograph once."""

    def __init__(
        self, folder: Path, side: int, teacher: Teacher, workspace: Path, held_out: int, turn_deg: float
    ) -> None:
        """Find the photographs. A view is turned by up to ``turn_deg``, mostly by less than half of it.

        Raises:
            TrainingDataError: there are not enough photographs.
        """
        files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
        if len(files) < 2 * held_out + 2:
            raise TrainingDataError(
                f"{len(files)} photographs in {folder}, but {held_out} of them must be held out",
                "Give a folder with some hundred photographs with --photos",
            )
        apart = np.unique(np.linspace(0, len(files) - 1, held_out).round().astype(int)).tolist()
        self.held_out = [files[i] for i in apart]
        self.learned = [f for i, f in enumerate(files) if i not in set(apart)]
        self._side, self._teacher, self._workspace, self._turn_deg = side, teacher, workspace, turn_deg
        self._asking = threading.Lock()

    def photo(self, file: Path) -> tuple[UInt8, Taught]:
        """Return the gray image (H, W) and the teacher's answer.

        Raises:
            TrainingDataError: the file is not an image.
        """
        place = self._workspace / f"{file.stem}-{self._side}.npz"
        found = kept.load(place)
        if found is None:
            try:
                image = images.load(file, max_pixels=_MOST_PIXELS)
            except ImageError as error:
                raise TrainingDataError(error.problem, "Take it out of the folder") from error
            gray = _cut(images.to_gray(image), self._side)[None]
            with self._asking:
                found = gray, self._teacher.teach(gray)
            kept.save(place, *found)
        return found[0][0], found[1][0]

    def pair(self, file: Path, count: int, random: np.random.Generator) -> TaughtPair:
        """Return two views of a photograph with up to ``count`` matches."""
        gray, taught = self.photo(file)
        side = self._side
        homographies = [_seen_from(gray.shape, side, self._turn_deg, random) for _ in range(2)]
        first, second = (_view(gray, taught, h, side) for h in homographies)
        here = places(first.gray, count, random)
        on_photo = _warped(here, np.linalg.inv(homographies[0]).astype(np.float64))
        both = np.column_stack([here, _warped(on_photo, homographies[1])])
        # What a view shows beside the photograph is reflected, and matches nothing.
        inside = ((on_photo >= 0) & (on_photo <= np.array(gray.shape[::-1]) - 1)).all(axis=1)
        inside &= ((both >= 0) & (both <= side - 1)).all(axis=1)
        return TaughtPair(first, second, both[inside][:count].astype(np.float32))


def _cut(image: UInt8, side: int) -> UInt8:
    """Return the middle of a photograph, with the shorter side ``side`` and sides that the networks accept."""
    scale = side / min(image.shape)
    size = (max(side, round(image.shape[1] * scale)), max(side, round(image.shape[0] * scale)))
    image = np.asarray(cv2.resize(image, size, interpolation=_resampling(scale)), np.uint8)
    height, width = (int(min(n, LONGEST * side) // POINTS_STRIDE * POINTS_STRIDE) for n in image.shape)
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def _resampling(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC


def _seen_from(shape: tuple[int, ...], side: int, turn_deg: float, random: np.random.Generator) -> Float64:
    """Return a random homography (3, 3) from a photograph of ``shape`` to a view (side, side)."""
    height, width = shape
    window = side * float(np.exp(random.uniform(np.log(CLOSEST), np.log(FARTHEST))))
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * window / 2
    angle = float(np.deg2rad(np.clip(random.normal(0, turn_deg / 2), -turn_deg, turn_deg)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    room = np.maximum(0.0, np.array([width, height]) - window) / 2 + 0.1 * side
    middle = np.array([width, height]) / 2 + random.uniform(-room, room)
    corners = (square + random.uniform(-TILT, TILT, (4, 2)) * window / 2) @ turn.T + middle
    target = np.array([[0, 0], [side - 1, 0], [side - 1, side - 1], [0, side - 1]])
    return np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32)), np.float64)


def _view(gray: UInt8, taught: Taught, homography: Float64, side: int) -> TaughtView:
    image = cv2.warpPerspective(
        gray, homography, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    cells = side // POINTS_CELL
    there = _warped(centers(side, side), np.linalg.inv(homography).astype(np.float64)).astype(np.float32)
    height, width = gray.shape
    inside = (there[:, 0] >= 0) & (there[:, 1] >= 0) & (there[:, 0] <= width - 1) & (there[:, 1] <= height - 1)
    wanted = sampled(taught.descriptors, there)
    wanted /= np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-6)
    weight = (0.2 + sampled(taught.reliability[..., None], there)[:, 0]) * inside
    return TaughtView(
        np.asarray(image, np.uint8),
        wanted.astype(np.float16).reshape(cells, cells, -1), weight.astype(np.float32).reshape(cells, cells),
    )  # fmt: skip


def _warped(uv: Float32 | Float64, homography: Float64) -> Float64:
    if not len(uv):
        return np.zeros((0, 2))
    return np.asarray(cv2.perspectiveTransform(np.asarray(uv, np.float64)[None], homography)[0], np.float64)
