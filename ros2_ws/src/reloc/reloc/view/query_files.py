"""Sort what `reloc view` is given: images, folders, videos and bags to localize, trajectories to draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reloc.errors import SourceError
from reloc.maps.query_frames import BAG, IMAGE_FOLDER, ONE_IMAGE, VIDEO, QueryInput
from reloc.maps.source import SourceFrame
from reloc.parsing.blame import shown
from reloc.view.trajectory_file import PATH_SUFFIXES, DrawnPath, read_trajectory

MOST = 100  # images of a video or bag, unless the user says which: more hide the map


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be shown in a map."""

    frames: tuple[SourceFrame, ...]
    trajectories: tuple[DrawnPath, ...]
    notes: tuple[str, ...] = ()  # what was left out


def sort_given(paths: Sequence[Path], read: Callable[[Path], QueryInput], every: int | None = None) -> Given:
    """Return images and trajectories; a file ``.tum`` or ``.txt`` is a trajectory, everything else images.

    Args:
        read: returns the frames of an input, as :func:`reloc.maps.query_frames.query_input`.
        every: take every N-th frame of each input. By default all, but of a video or bag some, evenly spread.

    Raises:
        SourceError, CameraError, MapEmptyError: a path does not exist, an input cannot be read or holds no image, or a
            trajectory cannot be read.
    """
    frames: list[SourceFrame] = []
    trajectories: list[DrawnPath] = []
    notes: list[str] = []
    for path in paths:
        _check_there(path)
        if path.suffix.lower() in PATH_SUFFIXES and path.is_file():
            trajectories.append(read_trajectory(path))
            notes += [trajectories[-1].note] if trajectories[-1].note else []
            continue
        found = read(path)
        some = _some(found, every)
        if len(some) < len(found.frames) and every is None:
            notes.append(
                f"{len(some)} of {len(found.frames)} images of {shown(path)}, evenly spread: --every 1 takes all"
            )
        frames += [replace(frame, name=_short(frame.name, found)) for frame in some]
    return Given(tuple(frames), tuple(trajectories), tuple(notes))


def _check_there(path: Path) -> None:
    try:
        path.stat()
    except FileNotFoundError:
        fix = "Give images, folders, videos, bags, or TUM trajectories"
        raise SourceError(f"There is no file {shown(path)}", fix) from None
    except OSError as error:  # a name may be too long
        raise SourceError(f"{shown(path)} cannot be opened: {error.strerror}", "Give images or a trajectory") from error


def _some(found: QueryInput, every: int | None) -> tuple[SourceFrame, ...]:
    count = len(found.frames)
    if every is not None or found.kind not in (VIDEO, BAG) or count <= MOST:
        return found.frames[:: every or 1]
    return tuple(found.frames[round(i * (count - 1) / (MOST - 1))] for i in range(MOST))


def _short(name: str, found: QueryInput) -> str:
    """Return the name for the page: without the folders above what was given."""
    above = found.path.parent
    if found.kind in (ONE_IMAGE, IMAGE_FOLDER) and Path(name).is_relative_to(above):
        return str(Path(name).relative_to(above))
    return name
