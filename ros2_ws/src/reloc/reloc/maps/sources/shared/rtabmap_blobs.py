"""The blobs of RTAB-Map's database: poses, calibrations and compressed matrices, all little-endian."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import CameraError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.geometry.distortion import DistortionModel, parse_distortion

_POSE = 12  # numbers of a transform: 3 x 4, row by row
_HEADER = 11  # integers of a camera since 0.18: version (3), kind, width, height, sizes of K, D, R, P, transform
_STEREO_HEADER = 10  # version (3), kind, sizes of R, T, E, F in doubles, bytes of the left and the right camera
_MONO, _STEREO = 0, 1  # kinds
_SIZED = (0, 11, 2)  # since this version, calibrations hold the size of the image
_MOST = 2**28  # bytes of a matrix
# RTAB-Map's mounting of a camera that has none: x right, y down, z ahead in a base with x ahead, y left, z up.
_OPTICAL = transforms.make(np.array([[0.0, 0, 1], [-1, 0, 0], [0, -1, 0]]), [0.0, 0.0, 0.0])
_DEPTHS: dict[int, np.dtype[Any]] = {
    4: np.dtype("<i4"),
    5: np.dtype("<f4"),
    6: np.dtype("<f8"),
}  # OpenCV's numbers of types


@dataclass(frozen=True, slots=True)
class BlobCamera:
    """One camera of a node."""

    width: int  # 0: the calibration does not say the image's size
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    base_from_cam: Float64  # (4, 4)
    model: DistortionModel = DistortionModel.NONE  # images are rectified, unless RTAB-Map was told not to do it
    distortion: tuple[float, ...] = ()


def pose_of(blob: bytes | None, what: str) -> Float64 | None:
    """Return a transform (4, 4); None for RTAB-Map's null transform, which says that there is no pose.

    Raises:
        PoseError: it is not twelve numbers, or not rigid.
    """
    if not blob:
        return None
    if len(blob) != 4 * _POSE:
        raise PoseError(f"{what} has {len(blob)} bytes instead of {4 * _POSE}", "Copy the database again")
    rows = np.frombuffer(blob, "<f4").astype(np.float64).reshape(3, 4)
    if not rows.any():
        return None
    return transforms.check_rigid(np.vstack([rows, [0.0, 0.0, 0.0, 1.0]]), what)


def matrix_in(blob: bytes, what: str) -> NDArray[Any]:
    """Return a matrix of RTAB-Map's ``compressData2``: zlib, then rows, columns and type as integers.

    Raises:
        SourceError: it is cut off, too large, or of another form.
    """
    fix = "Open the database in rtabmap-databaseViewer, which can repair it"
    if len(blob) < 12:
        raise SourceError(f"{what} is cut off", fix)
    rows, columns, kind = struct.unpack_from("<iii", blob, len(blob) - 12)
    dtype = _DEPTHS.get(kind & 7)
    if dtype is None or rows < 0 or columns < 0 or rows * columns * dtype.itemsize > _MOST or kind >> 3:
        raise SourceError(f"{what} has {rows} x {columns} numbers of type {kind}", fix)
    size = rows * columns * dtype.itemsize
    try:
        content = zlib.decompressobj().decompress(blob[:-12], size + 1)
    except zlib.error as error:
        raise SourceError(f"{what} cannot be unpacked: {error}", fix) from error
    if len(content) != size:
        raise SourceError(f"{what} has {len(content)} bytes instead of {size}", fix)
    return np.frombuffer(content, dtype).reshape(rows, columns)


def cameras_of(blob: bytes | None, version: tuple[int, int, int], what: str) -> list[BlobCamera]:
    """Return the cameras of a node's calibration; their images lie side by side. Of a stereo pair the left one.

    Raises:
        CameraError: there is none, or the blob has another form.
    """
    if not blob:
        raise CameraError(f"{what} has no calibration", "Record camera_info")
    try:
        return _serialized(blob, what) if version >= (0, 18, 0) else _plain(blob, version >= _SIZED, what)
    except (struct.error, ValueError) as error:
        raise CameraError(f"The calibration of {what} cannot be read: {error}", "Copy the database again") from error


def _serialized(blob: bytes, what: str) -> list[BlobCamera]:
    """Cameras since version 0.18, one after the other, each with its header."""
    kind = struct.unpack_from("<i", blob, 12)[0]
    if kind not in (_MONO, _STEREO):
        raise CameraError(f"The calibration of {what} is of kind {kind}", "Export with rtabmap-export")
    read, found, at = _stereo if kind == _STEREO else _one, [], 0
    while at < len(blob):
        camera, at = read(blob, at, what)
        found.append(camera)
    return found


def _stereo(blob: bytes, at: int, what: str) -> tuple[BlobCamera, int]:
    """Return the left camera of a pair, and where the pair ends."""
    sizes = struct.unpack_from("<4i", blob, at + 16)
    left, right = struct.unpack_from("<2i", blob, at + 32)
    if any(not 0 <= size <= 16 for size in sizes) or left <= 0 or right < 0:
        raise CameraError(f"The stereo calibration of {what} has another form", "Export with rtabmap-export")
    begin = at + 4 * _STEREO_HEADER + 8 * sum(sizes)
    camera, _ = _one(blob, begin, what)
    return camera, begin + left + right


def _one(blob: bytes, at: int, what: str) -> tuple[BlobCamera, int]:
    header = struct.unpack_from(f"<{_HEADER}i", blob, at)
    width, height, *sizes, local = header[4:]
    if any(not 0 <= size <= 16 for size in sizes) or local not in (0, _POSE):
        raise CameraError(f"The calibration of {what} has another form", "Export with rtabmap-export")
    at += 4 * _HEADER
    k, d, _, p = (np.frombuffer(blob, "<f8", size, at + 8 * sum(sizes[:i])) for i, size in enumerate(sizes))
    at += 8 * sum(sizes)
    base_from_cam = pose_of(bytes(blob[at : at + 4 * local]), f"The mounting of {what}") if local else None
    rectified = len(p) == 12  # then the image's camera is P, without distortion
    matrix = p if rectified else k
    if len(matrix) not in (9, 12):
        raise CameraError(f"The calibration of {what} has no K and no P", "Record camera_info")
    columns = len(matrix) // 3
    fx, fy, cx, cy = (float(matrix[i]) for i in (0, columns + 1, 2, columns + 2))
    mounting = _OPTICAL if base_from_cam is None else base_from_cam
    lens = (DistortionModel.NONE, ()) if rectified else _lens(d)
    return BlobCamera(width, height, fx, fy, cx, cy, mounting, *lens), at + 4 * local


def _lens(d: NDArray[np.float64]) -> tuple[DistortionModel, tuple[float, ...]]:
    """Return the distortion that RTAB-Map's D says: six numbers are a fisheye's k1 k2 - - k3 k4."""
    if len(d) == 6:
        return parse_distortion("equidistant", [float(d[i]) for i in (0, 1, 4, 5)])
    return parse_distortion("rational_polynomial" if len(d) > 5 else "plumb_bob", [float(v) for v in d])


def _plain(blob: bytes, sized: bool, what: str) -> list[BlobCamera]:
    """Cameras of versions 0.11 to 0.17 as floats: fx, fy, cx, cy, the image's size since 0.11.2, and a transform.

    A stereo pair also has its baseline behind cy.
    """
    values = np.frombuffer(blob, "<f4").astype(np.float64)
    if len(values) in (5 + _POSE, 7 + _POSE):
        values = np.delete(values, 4)  # the baseline
    if not sized and len(values) % (4 + _POSE) == 0:
        values = np.insert(values.reshape(-1, 4 + _POSE), [4, 4], 0.0, axis=1).ravel()
    if len(values) == 0 or len(values) % (6 + _POSE):
        raise CameraError(f"The calibration of {what} has {len(values)} numbers", "Export with rtabmap-export")
    found = []
    for row in values.reshape(-1, 6 + _POSE):
        mounting = pose_of(row[6:].astype("<f4").tobytes(), f"The mounting of {what}")
        size = (int(v) if np.isfinite(v) else 0 for v in row[4:6])
        width, height = size
        fx, fy, cx, cy = (float(v) for v in row[:4])
        found.append(BlobCamera(width, height, fx, fy, cx, cy, _OPTICAL if mounting is None else mounting))
    return found
