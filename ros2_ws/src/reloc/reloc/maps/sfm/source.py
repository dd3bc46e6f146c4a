"""A source of images without poses, with poses by structure from motion."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.errors import CameraError, ImageError, SfmError, StorageError
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.progress import Progress, silent, track
from reloc.maps.query_frames import BAG, VIDEO
from reloc.maps.scale import UNKNOWN_SCALE
from reloc.maps.sfm.config import SfmConfig
from reloc.maps.sfm.measures.distances import by_distances
from reloc.maps.sfm.measures.source_poses import by_poses
from reloc.maps.sfm.measures.tags import by_tags
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.pipeline import reconstruct
from reloc.maps.sfm.similarity import Similarity, leveled
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.parsing.names import is_inside

LEAST_IMAGES = 3
LEAST_SHARE = 0.1  # of the images, in the largest piece
DEPTH_UNITS = 3.0  # map units that the median depth gets where the scale is unknown, as in a room in meters


@dataclass(frozen=True, slots=True)
class _Stored:
    """An image that was written for COLMAP."""

    frame: SourceFrame
    file: str


class SfmSource:
    """Wraps a source of images; :meth:`frames` runs structure from motion once.

    Args:
        inner: an importer that has ``unposed``, for example that of a video.
        config: how poses, scale and axes are found.
        progress: is told about the steps.
    """

    keyframes = KeyframeConfig()

    def __init__(self, inner: Any, config: SfmConfig, progress: Progress = silent) -> None:
        self.name: str = inner.name
        self.options: SourceOptions = inner.options
        self.notes: list[str] = []
        self.scale = UNKNOWN_SCALE
        self._inner, self._config, self._progress = inner, config, progress

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """Return the images that got a pose. See :class:`reloc.maps.source.Source`; there are no splits.

        Raises:
            SfmError: too few images could be joined, or scale and axes could not be found as asked.
            DependencyError: pycolmap is not installed.
        """
        self.notes.clear()
        found = list(self._inner.unposed())
        self.notes += self._inner.notes
        chosen = _spread(found, self._config.sfm_images)
        if len(chosen) < len(found):
            self.notes.append(f"structure from motion uses {len(chosen)} of {len(found)} images, evenly spread")
        if len(chosen) < LEAST_IMAGES:
            raise SfmError(f"{len(chosen)} images", f"Structure from motion needs at least {LEAST_IMAGES}")
        with tempfile.TemporaryDirectory(prefix="reloc-sfm-") as scratch:
            stored = self._store(chosen, Path(scratch) / "images")
            camera = chosen[0].camera
            pieces = reconstruct(
                Path(scratch),
                [one.file for one in stored],
                camera,
                in_order=self._inner.name in (VIDEO, BAG),
                overlap=self._config.sfm_overlap,
                mapper=self._config.sfm_mapper,
                progress=self._progress,
            )
        piece = self._largest(pieces, len(stored))
        change = self._measured(piece, [one.frame for one in stored])
        poses = change.poses(piece.world_from_cam)
        if camera is None:
            told = piece.cameras[0]
            sigma = f" +- {piece.focal_sigma:.1f}" if np.isfinite(piece.focal_sigma) else ""
            self.notes.append(f"the camera was estimated: focal length {told.fx:.1f}{sigma} px, {told.model.value}")
        return [
            replace(stored[number].frame, camera=own, world_from_cam=pose)
            for number, own, pose in zip(piece.images, piece.cameras, poses, strict=True)
        ]

    def _store(self, chosen: Sequence[SourceFrame], folder: Path) -> list[_Stored]:
        """Write images as COLMAP reads them; those that cannot be read, or are of another size, are left out."""
        folder.mkdir()
        stored, first, bad = [], None, list[str]()
        for number, frame in enumerate(track(self._progress, "read images", chosen)):
            try:
                image = frame.load_image()
            except ImageError as error:
                bad.append(error.problem)
                continue
            first = first or image.shape
            if image.shape != first:
                bad.append(f"{frame.name} is of another size")
                continue
            name = f"{number:06d}.png"
            quick = [cv2.IMWRITE_PNG_COMPRESSION, 1]
            good, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quick)
            if not good:
                raise StorageError(f"{frame.name} cannot be written for COLMAP")
            (folder / name).write_bytes(encoded.tobytes())
            stored.append(_Stored(frame, name))
        if bad:
            self.notes.append(f"{len(bad)} of {len(chosen)} images left out: {bad[0]}")
        if len(stored) < LEAST_IMAGES:
            raise SfmError(
                f"{len(stored)} of {len(chosen)} images can be used",
                f"Structure from motion needs {LEAST_IMAGES} images of one size",
            )
        camera = chosen[0].camera
        if camera is not None and first is not None and (camera.height, camera.width) != first[:2]:
            raise CameraError(
                f"The camera is for {camera.width} x {camera.height}, the images are {first[1]} x {first[0]}",
                "Give the intrinsics of these images with --camera",
            )
        return stored

    def _largest(self, pieces: Sequence[SfmPiece], total: int) -> SfmPiece:
        """Return the largest piece; what the others are is noted."""
        piece, count = pieces[0], len(pieces[0].images)
        share = f"{count} of {total} images ({count / total:.0%}) have a pose, mean error {piece.error_px:.2f} px"
        if len(pieces) > 1:
            sizes = ", ".join(str(len(p.images)) for p in pieces)
            share = (
                f"structure from motion fell into {len(pieces)} pieces of {sizes} images; the largest is kept: {share}"
            )
        self.notes.append(share)
        if count < max(LEAST_IMAGES, LEAST_SHARE * total):
            raise SfmError(
                f"Structure from motion could not join the images: {share}",
                "Film slowly and with overlap, or give more images with --sfm-images",
            )
        return piece

    def _measured(self, piece: SfmPiece, frames: Sequence[SourceFrame]) -> Similarity:
        """Return the change to the map's scale and axes, and note where it is from."""
        config = self._config
        told = config.sfm_scale
        if told == UNKNOWN_SCALE:
            self.scale = UNKNOWN_SCALE
            depth = piece.median_depth if piece.median_depth > 0 else 1.0
            change = Similarity.of_scale(DEPTH_UNITS / depth)
            self.notes.append(f"the scale is unknown: lengths are map units, {DEPTH_UNITS:g} to the median point")
        elif told == "distances":
            change, self.scale = by_distances(piece, [frame.name for frame in frames], config.distance)
        elif told == "tags":
            load = [frame.load_image for frame in frames]
            change, self.scale = by_tags(
                piece, lambda number: _loaded(load[number]), config.tag_family, config.tag_size, config.tag_origin
            )
        else:
            change, self.scale = by_poses(piece, self._known(frames))
        if told != UNKNOWN_SCALE:
            self.notes.append(f"scale from {self.scale}")
        if told == "poses" or (told == "tags" and config.tag_origin >= 0):
            return change
        return leveled(change.poses(piece.world_from_cam)).after(change)

    def _known(self, frames: Sequence[SourceFrame]) -> dict[int, Float64]:
        """Return the source's own poses by the number of the image."""
        numbers = {frame.name: number for number, frame in enumerate(frames)}
        posed = self._inner.frames("all")
        return {
            numbers[frame.name]: frame.world_from_cam
            for frame in posed
            if frame.name in numbers and frame.world_from_cam is not None
        }


def _spread(found: Sequence[SourceFrame], most: int) -> list[SourceFrame]:
    for frame in found:
        if not is_inside(frame.name):
            raise SfmError(f"{frame.name!r} cannot be the name of an image", "Rename it")
    if not most or len(found) <= most:
        return list(found)
    return [found[i * len(found) // most] for i in range(most)]


def _loaded(load: Any) -> UInt8:
    image: UInt8 = load()
    return image
