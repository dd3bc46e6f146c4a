"""Write the map as a COLMAP model for other tools. Image and camera ids start at 1."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from reloc import interrupts
from reloc.datatypes import Float32
from reloc.errors import DependencyError, StorageError
from reloc.geometry import transforms
from reloc.geometry.colmap_convention import colmap_from_camera, colmap_from_uv
from reloc.maps import layout
from reloc.maps.building.colors import landmark_colors
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.references import IngestedReferences


def pycolmap() -> Any:
    """Import pycolmap.

    Raises:
        DependencyError: it is not installed.
    """
    try:
        with interrupts.kept():
            import pycolmap as module
    except ImportError as error:
        raise DependencyError(
            "Building a map needs the package pycolmap, which is not installed",
            "pip install pycolmap; or build on another machine, because using a map does not need it",
        ) from error
    return module


@contextmanager
def quiet() -> Iterator[None]:
    """Silence COLMAP's log."""
    logging = pycolmap().logging
    level, logging.minloglevel = logging.minloglevel, logging.Level.ERROR.value
    try:
        yield
    finally:
        logging.minloglevel = level


@contextmanager
def named_errors(folder: Path) -> Iterator[None]:
    """Translate COLMAP's errors, most of which come from a database or file in ``folder`` that it could not write.

    Raises:
        StorageError: COLMAP failed.
    """
    try:
        yield
    except RuntimeError as error:
        free = os.statvfs(folder)
        why = " ".join(str(error).split())[:300].rstrip(".")
        problem = (
            f"COLMAP failed in {folder}, which has {free.f_bavail * free.f_frsize / 1e6:.0f} MB of free space: {why}"
        )
        raise StorageError(
            problem, "Free disk space there, or set TMPDIR to another folder, then run it again"
        ) from error


def empty_model(references: IngestedReferences, positions: Sequence[Float32]) -> Any:
    """Return a reconstruction with cameras, posed images and their key points (K, 2) in pixels, without 3D points."""
    module = pycolmap()
    model = module.Reconstruction()
    for number, camera in enumerate(references.cameras, start=1):
        kind, parameters = colmap_from_camera(camera)
        model.add_camera_with_trivial_rig(
            module.Camera(
                model=kind, width=camera.width, height=camera.height, params=list(parameters), camera_id=number
            )
        )
    cam_from_world = transforms.inverse(references.world_from_cam)
    for index, uv in enumerate(positions):
        image = module.Image(
            name=PurePosixPath(references.images[index]).relative_to(layout.IMAGES).as_posix(),
            keypoints=colmap_from_uv(uv),
            camera_id=references.camera_of[index] + 1,
            image_id=index + 1,
        )
        model.add_image_with_trivial_frame(image, module.Rigid3d(cam_from_world[index, :3]))
    return model


def write(references: IngestedReferences, positions: Sequence[Float32], landmarks: Landmarks) -> None:
    """Write the model into the map, in COLMAP's binary form; ``positions`` are those of key points (K, 2) in pixels."""
    folder = references.content / layout.SPARSE
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_into(folder, references, positions, landmarks)


def write_into(
    folder: Path, references: IngestedReferences, positions: Sequence[Float32], landmarks: Landmarks
) -> None:
    """Write the model, with a color for each point, into an empty folder.

    Raises:
        ImageError: an image cannot be decoded.
        StorageError: a file could not be written.
    """
    module = pycolmap()
    model = empty_model(references, positions)
    tracks = [module.Track() for _ in range(len(landmarks))]
    for index, ids in enumerate(landmarks.ids):
        for key_point in np.flatnonzero(ids >= 0):
            tracks[ids[key_point]].add_element(index + 1, int(key_point))
    colors = landmark_colors(references, positions, landmarks)
    for xyz, track, color in zip(landmarks.xyz, tracks, colors, strict=True):
        model.add_point3D(xyz, track, color)
    model.update_point_3d_errors()
    model.write_binary(folder)
    _check_written(model, folder)


def _check_written(model: Any, folder: Path) -> None:
    """Compare the lengths of COLMAP's files, because it reports no failed write: on a full disk they are cut off.

    Raises:
        StorageError: a file is too short.
    """
    images, points = model.images.values(), model.points3D.values()
    expected = {
        "cameras.bin": 8 + sum(24 + 8 * len(camera.params) for camera in model.cameras.values()),
        "images.bin": 8 + sum(73 + len(image.name.encode()) + 24 * image.num_points2D() for image in images),
        "points3D.bin": 8 + sum(51 + 8 * len(point.track.elements) for point in points),
    }
    for name, size in expected.items():
        found = (folder / name).stat().st_size if (folder / name).exists() else 0
        if found != size:
            problem = f"{folder / name} has {found} bytes instead of {size}: COLMAP could not write it"
            raise StorageError(problem, "Free disk space, then run the same command again")
