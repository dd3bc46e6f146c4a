"""The images to localize in whatever a person names: an image, a folder, a video or a bag. No poses are asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from reloc import images
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES
from reloc.maps.sources.shared.video_reader import VIDEO_SUFFIXES

ONE_IMAGE, IMAGE_FOLDER, VIDEO, BAG = "image", "images", "video", "rosbag2"
BAG_SUFFIXES = (".mcap", ".db3")
_METADATA, _BAG_WORD = "metadata.yaml", b"rosbag2_bagfile_information"


@dataclass(frozen=True, slots=True)
class QueryInput:
    """One input and its frames, in order."""

    path: Path
    kind: str  # ONE_IMAGE, IMAGE_FOLDER, VIDEO or BAG
    frames: tuple[SourceFrame, ...]
    notes: tuple[str, ...] = ()


def kind_of_input(path: Path) -> str:
    """Return what ``path`` is, by its name and what is inside; a missing file is an image, which then is Lost."""
    if os.path.isdir(path):  # Path.is_dir raises if a name is too long
        return BAG if _is_bag(path) else IMAGE_FOLDER
    suffix = path.suffix.lower()
    return BAG if suffix in BAG_SUFFIXES else VIDEO if suffix in VIDEO_SUFFIXES else ONE_IMAGE


def query_input(path: Path, options: SourceOptions | None = None) -> QueryInput:
    """Return the frames of an input. Only a bag's camera and stamps are read with them; of an image, nothing.

    Raises:
        SourceError, CameraError, MapEmptyError: a folder, video or bag cannot be read, or holds no image.
    """
    kind = kind_of_input(path)
    if kind == ONE_IMAGE:
        return QueryInput(path, kind, (SourceFrame(str(path), partial(images.load, path), image_file=path),))
    source: Any = open_source(kind, path, options)
    frames: Sequence[SourceFrame] = source.unposed()
    shown = tuple(replace(f, name=str(path / f.name) if kind == IMAGE_FOLDER else f.name) for f in frames)
    return QueryInput(path, kind, shown, tuple(source.notes))


def _is_bag(folder: Path) -> bool:
    """Return whether a folder is a bag. A folder of images may have a metadata.yaml or a recording beside them."""
    inside = {entry.name.lower() for entry in os.scandir(folder)}
    if any(name.endswith(IMAGE_SUFFIXES) for name in inside):
        return False
    if any(name.endswith(BAG_SUFFIXES) for name in inside):
        return True
    if _METADATA not in inside:
        return False
    try:
        with (folder / _METADATA).open("rb") as stream:
            return _BAG_WORD in stream.read(4096)
    except OSError:
        return False


def pictures_of(path: Path) -> QueryInput:
    """Return the same without cameras, for whoever looks for the camera: of a bag, camera_info is not asked for.

    Raises:
        SourceError, MapEmptyError: as :func:`query_input`.
    """
    # For a bag any camera will do: it is taken away again.
    found = query_input(path, SourceOptions(camera="1000") if kind_of_input(path) == BAG else None)
    return replace(found, frames=tuple(replace(frame, camera=None) for frame in found.frames))
