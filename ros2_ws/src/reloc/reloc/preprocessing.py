"""Turn a camera's image into a network's input: undistort, resize and crop in one step, into the input's buffer.

A network is trained with one camera, its *target*: a pinhole without distortion. Images of other cameras are converted
to it, so that a ray meets the same pixel with every camera. Training and every answer use only this code. Cast, mean
and scale are in the network's graph; :mod:`reloc.images` decodes.

Shrinking averages over the whole target pixel. If the target sees a rectangle inside the image, OpenCV does that at
once. Otherwise the image is sampled several times per target pixel, and the samples are averaged. Areas beyond the
image are black.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.errors import CameraError, ImageError
from reloc.geometry import warp
from reloc.geometry.cameras import Camera, DistortionModel

UInt8 = NDArray[np.uint8]
Scratch = dict[tuple[int, ...], UInt8]  # by shape: filling a fresh array of this size costs as much as allocating it

KEPT_CAMERAS = 8  # kept plans; a live robot has one camera, a map of photographs one per image
ROUNDING = 0.05  # tolerance of a rectangle's edges in target pixels, because it is cut at whole pixels
MAX_CUT_SCALE = 4.0  # above it, shrinking by a whole number first is several times as fast
MAX_SAMPLES = 4  # along the side of a target pixel


@dataclass(frozen=True, slots=True)
class _Cut:
    """Plan for a target that sees a rectangle of the image."""

    rows: slice
    columns: slice
    interpolation: int
    coverage: float = 1.0

    def apply(self, image: UInt8, out: UInt8, scratch: Scratch) -> None:
        cv2.resize(
            image[self.rows, self.columns], (out.shape[1], out.shape[0]), dst=out, interpolation=self.interpolation
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Warp:
    """Plan for all other targets: shrink by a whole number, sample, average."""

    shrink: int
    samples: int
    where: tuple[Any, Any]  # OpenCV's fixed-point maps
    coverage: float

    def apply(self, image: UInt8, out: UInt8, scratch: Scratch) -> None:
        if self.shrink > 1:
            height, width = (max(1, n // self.shrink) for n in image.shape[:2])
            whole = image[: height * self.shrink, : width * self.shrink]
            image = np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        if self.samples == 1:
            self._sample(image, out)
            return
        shape = (out.shape[0] * self.samples, out.shape[1] * self.samples, *out.shape[2:])
        fine = scratch.get(shape)
        if fine is None:
            fine = scratch[shape] = np.empty(shape, np.uint8)
        self._sample(image, fine)
        cv2.resize(fine, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_AREA)

    def _sample(self, image: UInt8, out: UInt8) -> None:
        cv2.remap(image, *self.where, cv2.INTER_LINEAR, dst=out, borderMode=cv2.BORDER_CONSTANT, borderValue=0)


class Preprocess:
    """Convert images to one target camera. Any number of threads may use it.

    Raises:
        CameraError: the target is distorted, but networks are trained on straight lines.
    """

    def __init__(self, target: Camera) -> None:
        if target.model is not DistortionModel.NONE:
            raise CameraError(f"The target camera has {target.model.value} distortion", "Use its pinhole")
        self.target = target
        self._plans: OrderedDict[Camera, _Cut | _Warp] = OrderedDict()
        self._lock = threading.Lock()
        self._own = threading.local()  # scratch memory of each thread

    def into(self, image: UInt8, camera: Camera, out: UInt8) -> None:
        """Fill ``out`` (h, w, 3) RGB, of the target's size, with the target's view.

        Args:
            image: (H, W, 3) RGB or (H, W) gray, of the size of ``camera``; it is not copied.
            camera: took the image; with its distortion.
            out: writable and contiguous, for example one item of a session's input buffer.

        Raises:
            ImageError: the image is not 8-bit or has no pixel, or ``out`` has another shape.
            CameraError: the image is not of the camera's size.
        """
        images.check(image)
        if image.shape[:2] != (camera.height, camera.width):
            raise CameraError(
                f"The image is {image.shape[1]} x {image.shape[0]}, but its camera is for {camera.width} x "
                f"{camera.height}",
                "Scale the camera with the image: Camera.scaled",
            )
        self._check_out(out)
        plan, scratch = self._plan(camera), self._own.__dict__.setdefault("scratch", {})
        if image.ndim == 3 and image.shape[2] == 3:
            plan.apply(image, out, scratch)
        elif image.ndim == 3 and image.shape[2] == 4:
            plan.apply(images.to_rgb(image), out, scratch)
        else:  # gray: a third of the work, repeated at the end
            gray = np.empty(out.shape[:2], np.uint8)
            plan.apply(image.reshape(image.shape[:2]), gray, scratch)
            cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB, dst=out)

    def coverage(self, camera: Camera) -> float:
        """Return the share of the target's pixels, 0 to 1, that lie in the images of ``camera``."""
        return self._plan(camera).coverage

    def _check_out(self, out: UInt8) -> None:
        shape = (self.target.height, self.target.width, 3)
        usable = out.dtype == np.uint8 and out.flags.c_contiguous and out.flags.writeable
        if out.shape != shape or not usable:
            raise ImageError(
                f"Cannot fill {out.dtype} of shape {out.shape}", f"It must be writable uint8 of shape {shape}"
            )

    def _plan(self, camera: Camera) -> _Cut | _Warp:
        with self._lock:
            plan = self._plans.get(camera)
            if plan is None:
                plan = _cut(self.target, camera) or _warp(self.target, camera)
                self._plans[camera] = plan
                while len(self._plans) > KEPT_CAMERAS:
                    self._plans.popitem(last=False)
            self._plans.move_to_end(camera)
        return plan


def _cut(target: Camera, source: Camera) -> _Cut | None:
    """Return None if the target sees no rectangle of whole pixels inside the image."""
    if source.model is not DistortionModel.NONE:
        return None
    edges = warp.rectangle(target, source)
    scale = (source.fx / target.fx, source.fy / target.fy)
    if min(scale) > MAX_CUT_SCALE:
        return None
    left, top, right, bottom = (round(edge) for edge in edges)
    rounding = max(abs(edge - round(edge)) / scale[i % 2] for i, edge in enumerate(edges))
    inside = 0 <= left < right <= source.width and 0 <= top < bottom <= source.height
    if not inside or rounding > ROUNDING or min(scale) < 1.0 < max(scale):
        return None  # INTER_AREA averages only if both sides shrink
    how = cv2.INTER_AREA if min(scale) >= 1.0 else cv2.INTER_LINEAR
    return _Cut(slice(top, bottom), slice(left, right), how)


def _warp(target: Camera, source: Camera) -> _Warp:
    sight = warp.sight(target, source)
    least, greatest = warp.pixels_per_pixel(sight.at(1))
    shrink = max(1, int(least / 2.0))  # leave two pixels or more to average: bilinear sampling blurs by one
    samples = min(MAX_SAMPLES, max(1, ceil(greatest / shrink - 0.01)))
    seen = sight.at(samples)
    height, width = max(1, source.height // shrink), max(1, source.width // shrink)
    # Half a pixel at the edges lies beyond the outermost centers and belongs to them. All else outside becomes black.
    u = np.where(seen.inside, np.clip((seen.u + 0.5) / shrink - 0.5, 0, width - 1), -10.0).astype(np.float32)
    v = np.where(seen.inside, np.clip((seen.v + 0.5) / shrink - 0.5, 0, height - 1), -10.0).astype(np.float32)
    return _Warp(shrink, samples, cv2.convertMaps(u, v, cv2.CV_16SC2), float(seen.inside.mean()))
