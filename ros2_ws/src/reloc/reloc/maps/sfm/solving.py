"""From images to the largest piece of a reconstruction."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from reloc.errors import CameraError, ImageError, SfmError, StorageError
from reloc.maps.progress import Progress, track
from reloc.maps.sfm.config import SfmConfig
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.pipeline import reconstruct
from reloc.maps.source import SourceFrame

LEAST_IMAGES = 3
LEAST_SHARE = 0.1  # of the images, in the largest piece
_FIX = "Film slowly and with overlap, or give more images with --sfm-images"


@dataclass(frozen=True, slots=True)
class SolvedPoses:
    """The largest piece, the images by number, and what is to be said."""

    piece: SfmPiece
    frames: tuple[SourceFrame, ...]
    notes: tuple[str, ...]


def solve_poses(found: Sequence[SourceFrame], config: SfmConfig, *, in_order: bool, progress: Progress) -> SolvedPoses:
    """Run structure from motion over images, in a scratch folder.

    Args:
        found: all of one camera; if the first one has a camera, it is taken as known.
        in_order: whether neighbors show the same place, as in a video.

    Raises:
        SfmError: too few images can be used or joined.
        CameraError: the camera is for another size.
        StorageError: the disk is full.
        DependencyError: pycolmap is not installed.
    """
    notes = list[str]()
    chosen = _spread(found, config.sfm_images)
    if len(chosen) < len(found):
        notes.append(f"structure from motion uses {len(chosen)} of {len(found)} images, evenly spread")
    if len(chosen) < LEAST_IMAGES:
        raise SfmError(f"There are {len(chosen)} images", f"Structure from motion needs at least {LEAST_IMAGES}")
    with tempfile.TemporaryDirectory(prefix="reloc-sfm-") as scratch:
        frames, files = _store(chosen, Path(scratch) / "images", progress, notes)
        pieces = reconstruct(
            Path(scratch),
            files,
            frames[0].camera,
            in_order=in_order,
            overlap=config.sfm_overlap,
            mapper=config.sfm_mapper,
            progress=progress,
        )
    piece = largest(pieces, len(frames), notes)
    return SolvedPoses(piece, tuple(frames), tuple(notes))


def largest(pieces: Sequence[SfmPiece], total: int, notes: list[str]) -> SfmPiece:
    """Return the largest piece, which comes first; its share and the others are noted.

    Raises:
        SfmError: it holds too few of ``total`` images.
    """
    piece, count = pieces[0], len(pieces[0].images)
    share = f"{count} of {total} images ({count / total:.0%}) have a pose, mean error {piece.error_px:.2f} px"
    if len(pieces) > 1:
        sizes = ", ".join(str(len(p.images)) for p in pieces)
        fell = f"structure from motion fell into {len(pieces)} pieces of {sizes} images"
        share = f"{fell}; the largest is kept: {share}"
    notes.append(share)
    if count < max(LEAST_IMAGES, LEAST_SHARE * total):
        raise SfmError(f"Structure from motion could not join the images: {share}", _FIX)
    return piece


def _spread(found: Sequence[SourceFrame], most: int) -> list[SourceFrame]:
    if not most or len(found) <= most:
        return list(found)
    return [found[i * len(found) // most] for i in range(most)]


def _store(
    chosen: Sequence[SourceFrame], folder: Path, progress: Progress, notes: list[str]
) -> tuple[list[SourceFrame], list[str]]:
    """Write images as COLMAP reads them; those that cannot be read, or are of another size, are left out."""
    folder.mkdir()
    stored, files, bad, first = list[SourceFrame](), list[str](), list[str](), None
    for number, frame in enumerate(track(progress, "read images", chosen)):
        try:
            image = frame.load_image()
        except ImageError as error:
            bad.append(error.problem)
            continue
        first = first or image.shape
        if image.shape != first:
            bad.append(f"{frame.name} is of another size")
            continue
        quick = [cv2.IMWRITE_PNG_COMPRESSION, 1]
        good, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), quick)
        if not good:
            raise StorageError(f"{frame.name} cannot be written for COLMAP")
        files.append(f"{number:06d}.png")
        (folder / files[-1]).write_bytes(encoded.tobytes())
        stored.append(frame)
    if bad:
        notes.append(f"{len(bad)} of {len(chosen)} images left out: {bad[0]}")
    if len(stored) < LEAST_IMAGES:
        raise SfmError(
            f"{len(stored)} of {len(chosen)} images can be used",
            f"Structure from motion needs {LEAST_IMAGES} images of one size",
        )
    camera = stored[0].camera
    if camera is not None and first is not None and (camera.height, camera.width) != first[:2]:
        raise CameraError(
            f"The camera is for {camera.width} x {camera.height}, the images are {first[1]} x {first[0]}",
            "Give the intrinsics of these images with --camera",
        )
    return stored, files
