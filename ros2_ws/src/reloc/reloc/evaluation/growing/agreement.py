"""How well the poses of a drive agree with a map: the map localizes the drive's frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, Localized, freeze
from reloc.engine import Engine
from reloc.evaluation.answering import answer_frame
from reloc.geometry import transforms
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.rotation_averaging import geodesic_l1_mean
from reloc.maps.progress import Progress, silent, track
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

_OF_A_MEDIAN = 1.4826  # from the median of absolute values to the sigma of a normal distribution
_PLACE_M = 1.0  # frames nearer to one another than this err alike


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Answers of a map for frames with poses in the drive's own frame."""

    frames: int  # that were tried
    localized: tuple[int, ...]  # which of them were
    given: Float64  # (M, 4, 4) their poses in the drive, drive_from_cam
    found: Float64  # (M, 4, 4) in the map, map_from_cam

    def __post_init__(self) -> None:
        freeze(self.given, self.found)

    @property
    def apart_m(self) -> float:
        """Median distance between given and found positions; NaN if no frame was localized."""
        return float(np.median(self._distances())) if len(self.localized) else float("nan")

    @property
    def apart_rad(self) -> float:
        """The same of rotations."""
        angles = transforms.rotation_angles_between(self.given, self.found)
        return float(np.median(angles)) if len(self.localized) else float("nan")

    @property
    def drift_m(self) -> float:
        """How far the drive's offset from the map moves from its first to its last third; 0 for fewer than 6 frames."""
        offset = self.found[:, :3, 3] - self.given[:, :3, 3]
        third = len(offset) // 3
        if third < 2:
            return 0.0
        return float(np.linalg.norm(np.median(offset[-third:], axis=0) - np.median(offset[:third], axis=0)))

    def map_from_drive(self) -> tuple[Float64, Float64]:
        """Return the transform (4, 4) that most frames agree on, and its covariance (6, 6) as in ``Localized``, about
        the mean of the frames' positions. Up to half of the answers may be wrong.

        Frames within a meter count as one for the covariance, because their errors are alike.
        """
        turn = geodesic_l1_mean(self.found[:, :3, :3] @ np.swapaxes(self.given[:, :3, :3], 1, 2))
        shift = np.median(self.found[:, :3, 3] - self.given[:, :3, 3] @ turn.T, axis=0)
        mean = transforms.make(turn, shift)
        aligned = mean @ self.given
        off = self.found[:, :3, 3] - aligned[:, :3, 3]
        angle = transforms.rotation_angles_between(aligned, self.found)
        places = len(np.unique(np.floor(self.found[:, :3, 3] / _PLACE_M), axis=0))
        sigma_m = _OF_A_MEDIAN * np.median(np.abs(off), axis=0)
        sigma_rad = _OF_A_MEDIAN * float(np.median(angle)) / np.sqrt(3.0)
        of_a_median = np.pi / 2.0 / places  # variance of a median of so many, relative to that of one
        return mean, np.diag(np.concatenate([sigma_m**2, np.full(3, sigma_rad**2)])) * of_a_median

    def aligned(self, map_from_drive: Float64) -> Agreement:
        """Return it for the drive's poses after they were moved."""
        return Agreement(self.frames, self.localized, map_from_drive @ self.given, self.found)

    def _distances(self) -> Float64:
        return np.asarray(np.linalg.norm(self.found[:, :3, 3] - self.given[:, :3, 3], axis=1))


def measure(opened: ReferenceMap, frames: Sequence[SourceFrame], progress: Progress = silent) -> Agreement:
    """Localize frames, verified as in the node, and compare with their poses; unreadable ones count as lost.

    Raises:
        RelocError: the map cannot be localized in.
    """
    engine = Engine.open(opened, "features", {}, calibrated=False)
    cameras = CameraChoice(opened.camera(0))
    which, given, found = [], [], []
    for index, frame in enumerate(track(progress, "compare", frames)):
        answer = answer_frame(engine.answer, frame, cameras).answer
        if isinstance(answer, Localized) and frame.world_from_cam is not None:
            which.append(index)
            given.append(frame.world_from_cam)
            found.append(answer.world_from_cam)
    shape = (len(which), 4, 4)
    return Agreement(len(frames), tuple(which), np.reshape(given, shape), np.reshape(found, shape))
