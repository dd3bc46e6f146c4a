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

_POSE = 12  # numbers of a transform: 3 x 4, row by row
_HEADER = 11  # integers of a camera since 0.18: version (3), kind, width, height, sizes of K, D, R, P, transform
_MOST = 2**28  # bytes of a matrix
_DEPTHS: dict[int, np.dtype[Any]] = {
    4: np.dtype("<i4"),
    5: np.dtype("<f4"),
    6: np.dtype("<f8"),
}  # OpenCV's numbers of types


@dataclass(frozen=True, slots=True)
class BlobCamera:
    """One rectified camera of a node."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    base_from_cam: Float64  # (4, 4)


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
        return _serialized(blob, what) if version >= (0, 18, 0) else _plain(blob, what)
    except (struct.error, ValueError) as error:
        raise CameraError(f"The calibration of {what} cannot be read: {error}", "Copy the database again") from error


def _serialized(blob: bytes, what: str) -> list[BlobCamera]:
    """Cameras since version 0.18, one after the other, each with its header."""
    if struct.unpack_from("<i", blob, 12)[0] == 1:
        return _stereo(blob, what)
    found, at = [], 0
    while at < len(blob):
        camera, at = _one(blob, at, what)
        found.append(camera)
    return found


def _stereo(blob: bytes, what: str) -> list[BlobCamera]:
    """The left camera of a pair, whose own header follows that of the pair."""
    # Header: version (3), kind, sizes of R, T, E, F, bytes of left and right; then these matrices, then the cameras.
    sizes = struct.unpack_from("<4i", blob, 16)
    if any(not 0 <= size <= 16 for size in sizes):
        raise CameraError(f"The stereo calibration of {what} has another form", "Export with rtabmap-export")
    camera, _ = _one(blob, 40 + 8 * sum(sizes), what)
    return [camera]


def _one(blob: bytes, at: int, what: str) -> tuple[BlobCamera, int]:
    header = struct.unpack_from(f"<{_HEADER}i", blob, at)
    width, height, *sizes, local = header[4:]
    if any(not 0 <= size <= 16 for size in sizes) or local not in (0, _POSE):
        raise CameraError(f"The calibration of {what} has another form", "Export with rtabmap-export")
    at += 4 * _HEADER
    k, _, _, p = (np.frombuffer(blob, "<f8", size, at + 8 * sum(sizes[:i])) for i, size in enumerate(sizes))
    at += 8 * sum(sizes)
    base_from_cam = pose_of(bytes(blob[at : at + 4 * local]), f"The mounting of {what}") if local else None
    matrix = p if len(p) == 12 else k  # RTAB-Map stores rectified images, whose camera is P
    if len(matrix) not in (9, 12):
        raise CameraError(f"The calibration of {what} has no K and no P", "Record camera_info")
    columns = len(matrix) // 3
    fx, fy, cx, cy = (float(matrix[i]) for i in (0, columns + 1, 2, columns + 2))
    mounting = np.eye(4) if base_from_cam is None else base_from_cam
    return BlobCamera(width, height, fx, fy, cx, cy, mounting), at + 4 * local


def _plain(blob: bytes, what: str) -> list[BlobCamera]:
    """Cameras of versions 0.11 to 0.17: fx, fy, cx, cy, width, height and a transform, as 18 floats each."""
    values = np.frombuffer(blob, "<f4").astype(np.float64)
    if len(values) == 7 + _POSE:  # stereo: fx, fy, cx, cy, baseline, width, height, transform
        values = values[[0, 1, 2, 3, 5, 6, *range(7, 7 + _POSE)]]
    if len(values) == 0 or len(values) % (6 + _POSE):
        raise CameraError(f"The calibration of {what} has {len(values)} numbers", "Export with rtabmap-export")
    found = []
    for row in values.reshape(-1, 6 + _POSE):
        mounting = pose_of(row[6:].astype("<f4").tobytes(), f"The mounting of {what}")
        size = (int(v) if np.isfinite(v) else 0 for v in row[4:6])
        width, height = size
        fx, fy, cx, cy = (float(v) for v in row[:4])
        found.append(BlobCamera(width, height, fx, fy, cx, cy, np.eye(4) if mounting is None else mounting))
    return found
