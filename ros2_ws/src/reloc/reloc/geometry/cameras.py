"""Camera models: convert pixels to rays and back.

The top-left pixel's center is (0, 0). A :class:`Camera` describes the image as it arrives: binning and region of
interest are already applied (REP-104).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.errors import CameraError
from reloc.geometry.distortion import COEFFICIENTS, distorted, parse_distortion
from reloc.geometry.distortion import DistortionModel as DistortionModel
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import as_real, as_whole

Float64 = NDArray[np.float64]

WIDEST = 2**20  # pixels per side; no decoder reads more
UNDISTORT_TOLERANCE = 2e-4  # in focal lengths (0.1 pixel at 500); a pixel with a larger error has no ray

SAME_LENS = 1e-4  # in focal lengths; two calibrations, even of one camera, differ by more

MOST_ASPECT = 2.0  # fx / fy of a lens, or its inverse: pixels are nearly square


@dataclass(frozen=True, slots=True)
class Camera:
    """Intrinsics of one camera.

    Raises:
        CameraError: a size or focal length is not positive and finite, a principal point is not finite, or the number
            of coefficients is wrong.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    model: DistortionModel = DistortionModel.NONE
    distortion: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (0 < self.width <= WIDEST and 0 < self.height <= WIDEST):
            size = f"{shown(self.width)} x {shown(self.height)}"
            raise CameraError(f"Image size {size}", f"Both must be positive and at most {WIDEST} pixels")
        if not all(math.isfinite(f) and f > 0 for f in (self.fx, self.fy)):
            raise CameraError(
                f"Focal length fx={self.fx}, fy={self.fy}",
                "Both must be positive; 0 means that the camera was never calibrated",
            )
        if not all(math.isfinite(v) for v in (self.cx, self.cy, *self.distortion)):
            raise CameraError(f"Intrinsics are not finite: cx={self.cx}, cy={self.cy}, d={self.distortion}")
        if len(self.distortion) not in COEFFICIENTS[self.model]:
            counts = " or ".join(str(count) for count in COEFFICIENTS[self.model])
            raise CameraError(f"{self.model.value} with {len(self.distortion)} coefficients", f"It takes {counts}")

    @classmethod
    def from_camera_info(
        cls,
        width: int,
        height: int,
        k: Sequence[float],
        d: Sequence[float] = (),
        distortion_model: str = "",
        binning: tuple[int, int] = (0, 0),
        roi: tuple[int, int, int, int] = (0, 0, 0, 0),
        rectified_p: Sequence[float] | None = None,
    ) -> Camera:
        """Return the camera of the image as published, from the fields of ``sensor_msgs/CameraInfo``.

        ``width``, ``height`` and ``k`` (9,) describe the full sensor. ``roi`` is (x_offset, y_offset, width, height) in
        full-resolution pixels. A width or height of 0 reaches to the sensor's edge, so all zeros are the whole image.
        ``binning`` is applied after ``roi``; 0 means 1. With ``rectified_p``, P (12,), the image is the rectified one,
        without distortion; K and D are then those of the raw image.

        Raises:
            CameraError: an invalid value as for :class:`Camera`, a K or P that no lens has, an unknown distortion
                model, or a region outside the sensor.
        """
        matrix, name, columns = (k, "K", 3) if rectified_p is None else (rectified_p, "P", 4)
        if len(matrix) != 3 * columns:
            raise CameraError(f"{name} has {len(matrix)} numbers", f"It takes {3 * columns}, row by row")
        model, coefficients = (
            (DistortionModel.NONE, ()) if rectified_p is not None else parse_distortion(distortion_model, d)
        )
        fx, fy, cx, cy = (float(matrix[i]) for i in (0, columns + 1, 2, columns + 2))
        if rectified_p is not None and fx == 0 and fy == 0:
            raise CameraError(
                "camera_info has no P (its numbers are 0), and P is the camera of rectified images",
                "Publish it, give their intrinsics with --camera, or say that they are not rectified",
            )
        camera = cls(int(width), int(height), fx, fy, cx, cy, model, coefficients)
        camera.check_plausible(matrix, name)
        x, y, w, h = (int(v) for v in roi)
        w, h = w or camera.width - x, h or camera.height - y
        if min(x, y) < 0 or min(w, h) <= 0 or x + w > camera.width or y + h > camera.height:
            raise CameraError(
                f"Region of interest {tuple(roi)} (x, y, width, height) in {width} x {height}",
                "Give it in full-resolution pixels, inside the sensor",
            )
        return camera.cropped(x, y, w, h).binned(max(1, int(binning[0])), max(1, int(binning[1])))

    def check_plausible(self, matrix: Sequence[float] = (), name: str = "The camera") -> None:
        """Refuse intrinsics that no lens has. A cropped image may have such intrinsics, so its camera is not checked.

        Args:
            matrix: the matrix (3, 3) or (3, 4), row by row, that the intrinsics come from; it is checked, too.
            name: name of the intrinsics for the message.

        Raises:
            CameraError: pixels that are not nearly square, a principal point outside the image, or a matrix that is
                not a camera matrix.
        """
        fix = "Calibrate the camera again, or give its intrinsics with --camera"
        if len(matrix):
            columns = len(matrix) // 3
            if matrix[1] != 0:
                raise CameraError(f"{name} has the skew {matrix[1]}", "Calibrate without skew: no model here has one")
            last = [float(matrix[i]) for i in (2 * columns, 2 * columns + 1, 2 * columns + 2)]
            if last != [0.0, 0.0, 1.0] or matrix[columns] != 0:
                row = f"{name}[{columns}] = {float(matrix[columns]):g}, and its last row is {last}"
                raise CameraError(f"{name} is no camera matrix: {row}; 0 and [0, 0, 1] are expected", fix)
        if not 1 / MOST_ASPECT <= self.fx / self.fy <= MOST_ASPECT:
            raise CameraError(
                f"{name} has fx={self.fx:g} and fy={self.fy:g} pixels; no lens has one over {MOST_ASPECT:g} times "
                "the other",
                fix,
            )
        if not (0 < self.cx < self.width and 0 < self.cy < self.height):
            raise CameraError(
                f"{name} has its principal point at ({self.cx:g}, {self.cy:g}), not inside the image of "
                f"{self.width} x {self.height} pixels",
                fix,
            )

    @property
    def matrix(self) -> Float64:
        """K, (3, 3)."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def pinhole(self) -> Camera:
        """The same camera without distortion."""
        return replace(self, model=DistortionModel.NONE, distortion=())

    def project(self, xyz_in_cam: ArrayLike) -> Float64:
        """Return pixels (N, 2) of points (N, 3); NaN for points that are not in front of the camera."""
        xyz = np.asarray(xyz_in_cam, dtype=np.float64).reshape(-1, 3)
        ahead = xyz[:, 2] > 1e-9
        xy = np.full((len(xyz), 2), np.nan)
        xy[ahead] = xyz[ahead, :2] / xyz[ahead, 2:]
        if self.model is not DistortionModel.NONE and ahead.any():
            xy[ahead] = distorted(xy[ahead], self.model, self.distortion)
        return xy * (self.fx, self.fy) + (self.cx, self.cy)

    def normalize(self, uv: ArrayLike) -> Float64:
        """Return undistorted points (N, 2) on the plane z = 1 of pixels (N, 2).

        NaN if no ray in front of the camera projects to the pixel. This happens outside the circle of a fisheye, or
        beyond the fitted field of view of a polynomial, where it folds back.
        """
        pixels = np.asarray(uv, dtype=np.float64).reshape(-1, 2)
        if self.model is DistortionModel.NONE or len(pixels) == 0:
            return (pixels - (self.cx, self.cy)) / (self.fx, self.fy)
        coefficients = np.asarray(self.distortion)
        criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-12)
        source = pixels[:, None]
        if self.model is DistortionModel.EQUIDISTANT:
            xy = cv2.fisheye.undistortPoints(source, self.matrix, coefficients, criteria=criteria)
        else:
            xy = cv2.undistortPointsIter(source, self.matrix, coefficients, np.eye(3), np.eye(3), criteria)
        points = np.array(xy, dtype=np.float64).reshape(-1, 2)
        # The solvers return something for every pixel; only projecting it again shows whether it is valid.
        off = np.abs(
            distorted(points, self.model, self.distortion) - (pixels - (self.cx, self.cy)) / (self.fx, self.fy)
        ).max(axis=1)
        points[~(off < UNDISTORT_TOLERANCE)] = np.nan
        return points

    def bearings(self, uv: ArrayLike) -> Float64:
        """Return unit rays (N, 3) in the camera's frame through pixels (N, 2); NaN as in :meth:`normalize`."""
        xy = self.normalize(uv)
        rays = np.column_stack([xy, np.ones(len(xy))])
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))

    def undistort(self, uv: ArrayLike) -> Float64:
        """Return the position of pixels (N, 2) in :attr:`pinhole`."""
        return self.normalize(uv) * (self.fx, self.fy) + (self.cx, self.cy)

    def scaled(self, width: int, height: int) -> Camera:
        """Return the camera of this image resized. Half pixels appear because pixel centers are whole numbers."""
        sx, sy = width / self.width, height / self.height
        return replace(
            self,
            width=width,
            height=height,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
        )

    def states_the_same(self, other: Camera) -> bool:
        """Return whether both state the same lens: equal intrinsics, apart from the size of the images."""
        if self.model is not other.model or len(self.distortion) != len(other.distortion):
            return False
        resized = other.scaled(self.width, self.height)
        mine, its = ((c.fx, c.fy, c.cx, c.cy) for c in (self, resized))
        off = np.abs(np.subtract(mine, its)).max() / max(self.fx, self.fy)
        return bool(off < SAME_LENS and np.allclose(self.distortion, other.distortion, rtol=0.0, atol=SAME_LENS))

    def cropped(self, x: int, y: int, width: int, height: int) -> Camera:
        """Return the camera of the window at (x, y)."""
        return replace(self, width=width, height=height, cx=self.cx - x, cy=self.cy - y)

    def binned(self, binning_x: int, binning_y: int) -> Camera:
        """Return the camera after averaging blocks of binning_x x binning_y pixels."""
        if binning_x == 1 and binning_y == 1:
            return self
        return replace(
            self,
            width=self.width // binning_x,
            height=self.height // binning_y,
            fx=self.fx / binning_x,
            fy=self.fy / binning_y,
            cx=(self.cx + 0.5) / binning_x - 0.5,
            cy=(self.cy + 0.5) / binning_y - 0.5,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the camera as JSON; :meth:`from_dict` reads it back."""
        return {
            "width": self.width,
            "height": self.height,
            "fx": self.fx,
            "fy": self.fy,
            "cx": self.cx,
            "cy": self.cy,
            "distortion_model": self.model.value,
            "distortion": list(self.distortion),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Camera:
        """Read the JSON of :meth:`to_dict`.

        Raises:
            CameraError: a value is missing or invalid.
        """
        blame = Blame("Not a camera", CameraError, "It needs width, height, fx, fy, cx and cy, all numbers")
        if not isinstance(values, Mapping):
            raise blame.refuse(f": {shown(values)}")
        for name in ("width", "height", "fx", "fy", "cx", "cy"):
            if name not in values:
                raise blame.refuse(f": {name!r} is missing in {shown(dict(values))}")
        width, height = (as_whole(values[name], blame.at(name), 1, WIDEST) for name in ("width", "height"))
        fx, fy, cx, cy = (as_real(values[name], blame.at(name)) for name in ("fx", "fy", "cx", "cy"))
        d = values.get("distortion", ())
        if not isinstance(d, (list, tuple)):
            raise blame.refuse(f": distortion is {shown(d)}, but a list is expected")
        distortion = [as_real(value, blame.at("distortion")) for value in d]
        model, coefficients = parse_distortion(str(values.get("distortion_model", "")), distortion)
        return cls(width, height, fx, fy, cx, cy, model, coefficients)
