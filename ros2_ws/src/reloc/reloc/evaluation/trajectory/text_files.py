"""Trajectories as text: TUM holds the poses; CSV holds every image, also the lost ones with their reason."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from reloc.datatypes import Lost
from reloc.evaluation.outcome import pose_list, sigma_deg, sigma_m
from reloc.evaluation.trajectory.rows import TrajectoryRow, seconds, stamps
from reloc.files import write_atomic

COLUMNS = (
    "name", "stamp_s", "answered", "x", "y", "z", "qx", "qy", "qz", "qw", "sigma_position", "sigma_deg",
    "probability", "verified", "inliers", "reason", "detail", "ms",
)  # fmt: skip


def write_tum(file: Path, rows: Sequence[TrajectoryRow], frame: str, unit: str) -> str:
    """Write ``stamp tx ty tz qx qy qz qw`` (world_from_cam) for each pose, by rising stamps; lost images are left out.

    Args:
        frame: the map's frame.
        unit: of positions, say ``m``.

    Returns:
        What the stamps are, in words.
    """
    at, told = stamps(rows)
    lines = [
        "# stamp tx ty tz qx qy qz qw: the camera (x right, y down, z forward) in the map's frame",
        f"# frame {' '.join(frame.split())}; positions in {unit}; stamps in seconds: {told}",
    ]
    for stamp, row in sorted(zip(at, rows, strict=True), key=lambda pair: pair[0]):
        if row.localized is not None:
            numbers = pose_list(row.localized.world_from_cam) or []
            lines.append(f"{seconds(stamp)} {' '.join(f'{n:.9f}' for n in numbers)}")
    write_atomic(file, "\n".join(lines) + "\n")
    return told


def write_csv(file: Path, rows: Sequence[TrajectoryRow]) -> str:
    """Write one line for each image, in the order of the input.

    Returns:
        What the stamps are, in words.
    """
    at, told = stamps(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for stamp, row in zip(at, rows, strict=True):
        writer.writerow([row.name, seconds(stamp), *_cells(row), f"{row.answered.ms:.1f}"])
    write_atomic(file, text.getvalue().encode("utf-8", "backslashreplace"))
    return told


def _cells(row: TrajectoryRow) -> list[str]:
    answer = row.answered.answer
    support = answer.support
    inliers = str(support.inliers) if support else ""
    if isinstance(answer, Lost):
        return ["false", *[""] * 11, inliers, answer.reason.value, " ".join(answer.detail.split())]
    numbers = [f"{n:.9f}" for n in pose_list(answer.world_from_cam) or []]
    sigmas = [f"{sigma_m(answer.covariance):.6f}", f"{sigma_deg(answer.covariance):.5f}"]
    probability = "" if answer.probability is None else f"{answer.probability:.6f}"
    return ["true", *numbers, *sigmas, probability, str(answer.verified).lower(), inliers, "", ""]
