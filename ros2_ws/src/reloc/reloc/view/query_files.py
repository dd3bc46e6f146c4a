"""Sort what `reloc view` is given: images and folders to localize, trajectories to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from reloc import images
from reloc.errors import SourceError
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.parsing.blame import shown
from reloc.view.trajectory_file import PATH_SUFFIXES, DrawnPath, read_trajectory


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be shown in a map."""

    frames: tuple[SourceFrame, ...]
    trajectories: tuple[DrawnPath, ...]


def sort_given(paths: Sequence[Path]) -> Given:
    """Return images and trajectories; a file ``.tum`` or ``.txt`` is a trajectory, everything else images.

    Raises:
        SourceError: a path does not exist, a folder holds no image, or a trajectory cannot be read.
    """
    frames: list[SourceFrame] = []
    trajectories: list[DrawnPath] = []
    for path in paths:
        try:
            is_folder, is_file = path.is_dir(), path.is_file()
        except OSError as error:  # a name may be too long
            raise SourceError(
                f"{shown(path)} cannot be opened: {error.strerror}", "Give images or a trajectory"
            ) from error
        if is_folder:
            found = open_source("images", path, SourceOptions()).frames("all")
            frames += [replace(frame, name=f"{path.name}/{frame.name}") for frame in found]
        elif not is_file:
            raise SourceError(f"There is no file {shown(path)}", "Give images, folders of images, or TUM trajectories")
        elif path.suffix.lower() in PATH_SUFFIXES:
            trajectories.append(read_trajectory(path))
        else:
            frames.append(SourceFrame(path.name, partial(images.load, path), image_file=path))
    return Given(tuple(frames), tuple(trajectories))
