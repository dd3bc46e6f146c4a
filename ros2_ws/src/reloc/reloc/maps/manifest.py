"""``map.json``: the map's description, its files and their hashes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from reloc.errors import MapHashError, MapIncompleteError, MapNotFoundError, MapVersionError
from reloc.maps import layout
from reloc.parsing import json_file, names, numbers
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count
from reloc.parsing.names import is_inside as is_inside  # the rule for what a manifest lists
from reloc.parsing.regular_file import read_bytes

FORMAT_VERSION = 2  # since then arrays are compact and landmarks have descriptors; 1 is read as well
READ_VERSIONS = (1, FORMAT_VERSION)
_MAY_READ = "Check that it is a map that you may read"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a map."""

    path: str  # relative to the map, forward slashes
    size: Count  # bytes
    sha256: str  # of its content, in hexadecimal


class _LocalFeatures(msgspec.Struct, frozen=True):
    name: str = ""
    hash: str | None = None


class _Origin(msgspec.Struct, frozen=True):
    name: str = ""
    options: dict[str, Any] = {}
    odometry: str = ""
    scale: str = ""


class _Build(msgspec.Struct, frozen=True):
    """What is read of ``build``, to check its types. Older maps lack some of it."""

    features: dict[str, Any] = {}
    local_features: _LocalFeatures = _LocalFeatures()
    retrieval: str = ""
    retrievers: dict[str, dict[str, Any]] = {}
    source: _Origin = _Origin()
    triangulation: dict[str, Any] = {}
    landmarks: str = ""
    features_in: str = ""


class _Report(msgspec.Struct, frozen=True):
    """The same of ``report``."""

    mean_track: float = 0.0
    median_reprojection_px: float | None = None
    pose_error_px: float | None = None
    max_error_px: Annotated[float, msgspec.Meta(ge=0.0, le=1e6)] = 0.0
    notes: list[Any] = []


@dataclass(frozen=True, slots=True)
class Manifest:
    """The head of a map."""

    name: str
    frame: str  # frame of poses and landmarks
    content_hash: str  # see :func:`content_hash`
    references: Count
    key_points: Count
    landmarks: Count
    files: tuple[FileEntry, ...]  # sorted by path; all but the manifest itself
    build: Mapping[str, Any]  # the builder's configuration
    versions: Mapping[str, str]  # of reloc and of all that shaped the content
    report: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # measurements of the build
    format_version: int = FORMAT_VERSION

    @property
    def size_bytes(self) -> int:
        """Total size of all files."""
        return sum(entry.size for entry in self.files)

    def to_json(self) -> str:
        """Return the manifest as text; :meth:`from_json` reads it back."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, where: str = layout.MANIFEST) -> Manifest:
        """Read the text of :meth:`to_json`; ``where`` is its name in errors.

        Raises:
            MapIncompleteError: it is cut off, not JSON, or a field is missing or of another type.
            MapVersionError: a newer reloc wrote it.
            MapHashError: the content hash differs from that of the listed files, or a path leads outside.
        """
        blame = _blame(where)
        values = json_file.parse_any(text, blame, nan=True)
        version = numbers.as_whole(json_file.field(values, "format_version", blame), blame.at("format_version"))
        if version not in READ_VERSIONS:
            fix = "Update reloc" if version > FORMAT_VERSION else "Build the map again"
            raise MapVersionError(f"{where} has format {version}; this reloc reads formats up to {FORMAT_VERSION}", fix)
        manifest = json_file.convert(values, cls, blame)
        json_file.convert(manifest.build, _Build, blame.at("build"))
        json_file.convert(manifest.report, _Report, blame.at("report"))
        for field in (manifest.name, manifest.frame):
            if field:
                names.text(field, blame.at("name or frame"))
        outside = Blame(where, MapHashError, "Do not use this map")
        for entry in manifest.files:
            if not names.is_plain(entry.path):
                names.relative(entry.path, outside.at("the path of a file"), "the map")
        if content_hash(manifest.files) != manifest.content_hash:
            raise MapHashError(
                f"{where} has the content hash {manifest.content_hash[:12]!r}, but its files give "
                f"{content_hash(manifest.files)[:12]}",
                "It was edited: build or fetch the map again",
            )
        return manifest

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of the map in ``folder``.

        Raises:
            MapNotFoundError: there is no such folder, or it is not a map.
            MapIncompleteError: a build or transfer did not finish.
            MapVersionError, MapHashError: see :meth:`from_json`.
        """
        return cls.from_json(read_head(folder), str(folder / layout.MANIFEST))


def read_head(folder: Path) -> bytes:
    """Return the content of the manifest of the map in ``folder``.

    Raises:
        MapNotFoundError: there is no such folder, or it is not a map.
        MapIncompleteError: a build or transfer did not finish.
    """
    file = folder / layout.MANIFEST
    try:
        return read_bytes(file, Blame(str(file), MapNotFoundError, _MAY_READ, missing=_AbsentError))
    except _AbsentError:
        raise _missing(folder) from None


def content_hash(files: Iterable[FileEntry]) -> str:
    """Return the sha256 over the sorted (path, sha256) of the files: equal for equal content, at any place and time."""
    digest = hashlib.sha256()
    for entry in sorted(files, key=lambda e: e.path):
        digest.update(f"{entry.path}\0{entry.sha256}\n".encode())
    return digest.hexdigest()


class _AbsentError(MapNotFoundError):
    """The error for a missing manifest; :func:`_missing` gives the reason."""


def _blame(where: str) -> Blame:
    return Blame(where, MapIncompleteError, "Build or fetch the map again", verdict="is not a manifest")


def _missing(folder: Path) -> MapNotFoundError | MapIncompleteError:
    places = (folder, layout.partial(folder)) if folder.name else ()  # / has no name, and nothing beside it
    unfinished = [p for p in places if p.is_dir() and _looks_unfinished(p)]
    if unfinished:
        return MapIncompleteError(
            f"{unfinished[0]} is a map whose build did not finish", "Run the same 'reloc map build' again: it continues"
        )
    if not folder.exists():
        return MapNotFoundError(f"No map at {folder}", "Build one with 'reloc map build SOURCE --out MAP'")
    fix = "Give the folder that 'reloc map build' made"
    return MapNotFoundError(f"{folder} is not a map: it has no {layout.MANIFEST}", fix)


def _looks_unfinished(folder: Path) -> bool:
    return folder.suffix == ".partial" or any((folder / name).exists() for name in (layout.COMPILED, layout.SPARSE))
