"""A source of images without poses, with poses by structure from motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.progress import Progress, silent
from reloc.maps.query_frames import BAG, VIDEO
from reloc.maps.scale import UNKNOWN_SCALE
from reloc.maps.sfm.config import SfmConfig
from reloc.maps.sfm.measures.distances import by_distances
from reloc.maps.sfm.measures.source_poses import by_poses
from reloc.maps.sfm.measures.tags import by_tags
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.similarity import Similarity, leveled
from reloc.maps.sfm.solving import solve_poses
from reloc.maps.source import SourceFrame, SourceOptions

DEPTH_UNITS = 3.0  # map units that the median depth gets where the scale is unknown, as in a room in meters


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
        solved = solve_poses(found, self._config, in_order=self._inner.name in (VIDEO, BAG), progress=self._progress)
        self.notes += solved.notes
        piece, frames, camera = solved.piece, solved.frames, solved.frames[0].camera
        change = self._measured(piece, frames)
        poses = change.poses(piece.world_from_cam)
        if camera is None:
            told = piece.cameras[0]
            sigma = f" +- {piece.focal_sigma:.1f}" if np.isfinite(piece.focal_sigma) else ""
            self.notes.append(f"the camera was estimated: focal length {told.fx:.1f}{sigma} px, {told.model.value}")
        return [
            replace(frames[number], camera=own, world_from_cam=pose)
            for number, own, pose in zip(piece.images, piece.cameras, poses, strict=True)
        ]

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


def _loaded(load: Any) -> UInt8:
    image: UInt8 = load()
    return image
