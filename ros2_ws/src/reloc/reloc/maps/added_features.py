"""Further kinds of local features in a map, beside those that it was built with.

Each lies in ``compiled/features_NAME/``: its key points, landmarks and global descriptors in the same folders as those
of the map, and ``kind.json``, which says how they were made. Nothing else in the map depends on them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from reloc.errors import MapFeatureError, MapHashError
from reloc.maps import layout
from reloc.maps.content import blame_of
from reloc.maps.manifest import Manifest
from reloc.maps.map_features import PLACED_IN, kind_of
from reloc.parsing import json_file
from reloc.parsing.json_file import Count

FOLDER = "features_"  # of such a folder's name, before the kind's
KIND_FILE = "kind.json"


class AddedFeatures(msgspec.Struct, frozen=True):
    """The content of ``kind.json``."""

    name: str
    build: dict[str, Any]  # what a manifest's ``build`` says of features and retrievers
    key_points: Count
    landmarks: Count
    report: dict[str, Any]  # measurements of the build
    shared: tuple[str, ...]  # retrievers of the map that need no local features, so that they serve any kind

    @property
    def folder(self) -> str:
        """Name of its folder under ``compiled/``."""
        return FOLDER + self.name

    def place(self, prefix: str) -> str:
        """Return where arrays lie that a map has under ``prefix``."""
        first, *others = prefix.split("/")
        own = first in (layout.FEATURES, layout.LANDMARKS)
        own = own or (first == layout.RETRIEVAL and not set(others[:1]) & set(self.shared))
        return f"{self.folder}/{prefix}" if own else prefix

    def seen_in(self, manifest: Manifest) -> Manifest:
        """Return the map's manifest as if the map had been built with these features."""
        build = {**manifest.build, **self.build, PLACED_IN: self.folder}
        return replace(manifest, build=build, report=self.report, key_points=self.key_points, landmarks=self.landmarks)


def names_in(manifest: Manifest) -> tuple[str, ...]:
    """Return the kinds that were added to a map, sorted."""
    paths = (PurePosixPath(entry.path).parts for entry in manifest.files)
    return tuple(
        sorted(
            part[1].removeprefix(FOLDER)
            for part in paths
            if len(part) == 3 and part[0] == layout.COMPILED and part[1].startswith(FOLDER) and part[2] == KIND_FILE
        )
    )


def kind_file(name: str) -> str:
    """Return the path in a map of what is said of an added kind."""
    return f"{layout.arrays_folder(FOLDER + name)}/{KIND_FILE}"


def parse(content: bytes, file: Path, name: str) -> AddedFeatures:
    """Return what ``kind.json`` says of the kind ``name``.

    Raises:
        MapHashError: it is not such a file, or speaks of another kind.
    """
    found = json_file.parse(content, AddedFeatures, blame_of(file), nan=True)
    if found.name != name or kind_of(found.build) != name:
        raise MapHashError(f"{file} is about {found.name!r} features, not {name!r}", "Do not use this map")
    return found


def require(path: Path, manifest: Manifest, name: str, who: str) -> None:
    """Check that a map has the features that a localizer cannot do without.

    Raises:
        MapFeatureError: it has others.
    """
    if kind_of(manifest.build) != name:
        raise lacking(path, manifest, name, who)


def kinds_in(manifest: Manifest) -> tuple[str, ...]:
    """The names of all local features in a map: those that it was built with, then those that were added."""
    return (kind_of(manifest.build), *names_in(manifest))


def lacking(path: Path, manifest: Manifest, name: str, who: str) -> MapFeatureError:
    """The error for a map without the features ``name`` that ``who`` needs."""
    there = ", ".join(kinds_in(manifest))
    return MapFeatureError(
        f"{who} needs {name} features, and the map {path} has {there}",
        f"Add them to the map: reloc map add-features {path} {name}; or localize with `features`, which takes what the "
        "map has",
    )
