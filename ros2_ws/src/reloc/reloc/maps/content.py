"""Read the small files of a map: its references and cameras."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from reloc.errors import CameraError, MapHashError, MapIncompleteError
from reloc.geometry.cameras import Camera
from reloc.parsing import json_file, names
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count, Whole

_FIX = "Build or fetch the map again"


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference image without its arrays."""

    name: str
    image: str  # path in the map
    stamp_ns: Whole | None


class _ReferenceList(msgspec.Struct):
    """``references.json``."""

    frame: str
    references: list[Reference]


class _CameraList(msgspec.Struct):
    """``cameras.json``."""

    cameras: list[dict[str, Any]]
    camera_of: list[Count]


def references_in(content: bytes, file: Path) -> tuple[tuple[Reference, ...], str]:
    """Return the references in the content of ``references.json``, and their frame.

    Args:
        file: its name, for errors.

    Raises:
        MapHashError: it is not such a list, or names an image outside the map.
    """
    found = json_file.parse(content, _ReferenceList, blame_of(file))
    outside = Blame(str(file), MapHashError, "Do not use this map")
    for number, reference in enumerate(found.references):
        if not (names.is_plain(reference.image) and names.is_plain(reference.name)):
            part = outside.at(f"reference {number}")
            names.relative(reference.image, part.at("image"), "the map")
            names.text(reference.name, part.at("name"))
    return tuple(found.references), found.frame


def cameras_in(content: bytes, file: Path) -> tuple[tuple[Camera, ...], tuple[int, ...]]:
    """Return the cameras in the content of ``cameras.json``, and each reference's camera index.

    Args:
        file: its name, for errors.

    Raises:
        MapHashError: it holds no cameras.
    """
    found = json_file.parse(content, _CameraList, blame_of(file))
    try:
        return tuple(Camera.from_dict(camera) for camera in found.cameras), tuple(found.camera_of)
    except CameraError as error:
        raise MapHashError(f"{file} holds no cameras: {error}", _FIX) from error


def blame_of(file: Path) -> Blame:
    """Return the error to raise for a missing or invalid file of a map."""
    return Blame(str(file), MapHashError, _FIX, missing=MapIncompleteError)
