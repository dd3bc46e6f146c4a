"""Calibrate a camera by images of a ChArUco board, with OpenCV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from reloc.datatypes import Float64
from reloc.errors import CameraError, ConfigError, ImageError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.maps.lens.board_config import BoardConfig
from reloc.maps.lens.calibrated import CalibratedCamera
from reloc.maps.progress import Progress, silent, track
from reloc.maps.source import SourceFrame

LEAST_VIEWS, LEAST_CORNERS = 4, 6
OUTLIER = 3.0  # times the median error; such a view is blurred or misread
_GRID = 8
_FIX = "Show the whole board sharply, at several distances, tilted, and in all corners of the image"


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    board: Float64  # (K, 3)
    uv: Float64  # (K, 2)


def calibrate_by_board(
    frames: Sequence[SourceFrame], config: BoardConfig, progress: Progress = silent
) -> CalibratedCamera:
    """Return the camera that took ``frames`` of a board.

    Raises:
        ConfigError: there is no such board.
        CameraError: too few images show it, images have several sizes, or the result is not a camera.
    """
    detector = _detector(config)
    views, size, bad = [], None, 0
    for frame in track(progress, "find board", frames):
        try:
            image = frame.load_image()
        except ImageError:
            bad += 1
            continue
        size = size or (image.shape[1], image.shape[0])
        if size != (image.shape[1], image.shape[0]):
            raise CameraError(
                f"{frame.name} is of another size than the images before", "Calibrate one camera at a time"
            )
        if (view := _view(detector, cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))) is not None:
            views.append(view)
    if size is None or len(views) < LEAST_VIEWS:
        raise CameraError(
            f"{len(views)} of {len(frames)} images show the board of {config.columns} x {config.rows} squares, "
            f"{config.dictionary}; at least {LEAST_VIEWS} are needed",
            f"Check --columns, --rows and --dictionary. {_FIX}",
        )
    notes = [f"{bad} of {len(frames)} images cannot be read"] if bad else []
    if len(views) > config.views:
        notes.append(f"{config.views} of {len(views)} images with the board are used, evenly spread")
        views = [views[i * len(views) // config.views] for i in range(config.views)]
    progress("calibrate", 0, 1)
    found = _fit(views, size, config.lens)
    limit = OUTLIER * float(np.median(found.errors))
    good = [view for view, error in zip(views, found.errors, strict=True) if error <= limit]
    if LEAST_VIEWS <= len(good) < len(views):
        notes.append(f"{len(views) - len(good)} of {len(views)} images left out: their error is over {limit:.2f} px")
        views = good
        found = _fit(views, size, config.lens)
    progress("calibrate", 1, 1)
    return CalibratedCamera(
        found.camera(size, config.lens), *found.sigmas, found.rms, len(views), _covered(views, size), tuple(notes)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    matrix: Float64
    distortion: Float64
    sigmas: tuple[float, float]  # of fx and cx
    rms: float
    errors: Float64  # rms of each view

    def camera(self, size: tuple[int, int], lens: str) -> Camera:
        """Return it, if it is a camera."""
        model = {"none": DistortionModel.NONE, "equidistant": DistortionModel.EQUIDISTANT}.get(lens)
        k, d = self.matrix, tuple(float(v) for v in self.distortion.ravel())
        numbers = (float(k[0, 0]), float(k[1, 1]), float(k[0, 2]), float(k[1, 2]))
        camera = Camera(*size, *numbers, model or DistortionModel.PLUMB_BOB, () if lens == "none" else d)
        try:
            camera.check_plausible(name="The calibration")
        except CameraError as error:
            raise CameraError(error.problem, _FIX) from error
        return camera


def _detector(config: BoardConfig) -> cv2.aruco.CharucoDetector:
    if config.marker >= config.square:
        raise ConfigError(f"--marker {config.marker:g} is not smaller than --square {config.square:g}", "Measure both")
    dictionary = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, f"DICT_{config.dictionary}"))
    needed, there = config.columns * config.rows // 2, len(dictionary.bytesList)
    if needed > there:
        raise ConfigError(
            f"The board needs {needed} markers, and {config.dictionary} has {there}", "Choose another --dictionary"
        )
    board = cv2.aruco.CharucoBoard((config.columns, config.rows), config.square, config.marker, dictionary)
    board.setLegacyPattern(config.legacy)
    return cv2.aruco.CharucoDetector(board)


def _view(detector: cv2.aruco.CharucoDetector, gray: Any) -> _View | None:
    corners, numbers, _, _ = detector.detectBoard(gray)
    if numbers is None or len(numbers) < LEAST_CORNERS:
        return None
    all_corners = np.asarray(detector.getBoard().getChessboardCorners(), np.float64)
    on_board = all_corners[np.ravel(numbers)]
    if min(np.ptp(on_board[:, 0]), np.ptp(on_board[:, 1])) <= 0:  # all in one line
        return None
    return _View(on_board, np.asarray(corners, np.float64).reshape(-1, 2))


def _fit(views: Sequence[_View], size: tuple[int, int], lens: str) -> _Fit:
    board = [view.board.astype(np.float32)[:, None] for view in views]
    uv = [view.uv.astype(np.float32)[:, None] for view in views]
    try:
        if lens == "equidistant":
            flags = cv2.fisheye.CALIB_RECOMPUTE_EXTRINSIC | cv2.fisheye.CALIB_FIX_SKEW
            start, zeros = np.eye(3), np.zeros((4, 1))
            rms, k, d, rotations, translations = cv2.fisheye.calibrate(board, uv, size, start, zeros, flags=flags)
            errors = [
                _rms(cv2.fisheye.projectPoints(b, r, t, k, d)[0], seen)
                for b, seen, r, t in zip(board, uv, rotations, translations, strict=True)
            ]
            return _Fit(np.asarray(k), np.asarray(d), (float("nan"), float("nan")), float(rms), np.array(errors))
        fixed = cv2.CALIB_FIX_K1 | cv2.CALIB_FIX_K2 | cv2.CALIB_FIX_K3 | cv2.CALIB_ZERO_TANGENT_DIST
        flags = fixed if lens == "none" else 0
        rms, k, d, _, _, sigmas, _, errors = cv2.calibrateCameraExtended(board, uv, size, None, None, flags=flags)  # type: ignore[call-overload]
    except cv2.error as error:
        raise CameraError(f"OpenCV found no camera: {' '.join(str(error).split())[:200]}", _FIX) from error
    spread = np.ravel(sigmas)
    return _Fit(np.asarray(k), np.ravel(d)[:5], (float(spread[0]), float(spread[2])), float(rms), np.ravel(errors))


def _rms(found: Any, seen: Any) -> float:
    return float(np.sqrt(np.square(np.asarray(found).reshape(-1, 2) - seen.reshape(-1, 2)).sum(axis=1).mean()))


def _covered(views: Sequence[_View], size: tuple[int, int]) -> float:
    uv = np.concatenate([view.uv for view in views])
    cells = np.clip((uv / np.array(size) * _GRID).astype(int), 0, _GRID - 1)
    return len(np.unique(cells, axis=0)) / _GRID**2
