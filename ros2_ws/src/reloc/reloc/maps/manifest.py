"""``map.json``: what a map is, of which files it consists, and their hashes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from reloc.errors import MapHashError, MapIncompleteError, MapNotFoundError, MapVersionError
from reloc.maps import layout

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a map."""

    path: str  # relative to the map, forward slashes
    size: int  # bytes
    sha256: str  # of its content, in hexadecimal


@dataclass(frozen=True, slots=True)
class Manifest:
    """The head of a map."""

    name: str
    frame: str  # the map frame that poses and landmarks are in
    content_hash: str  # see :func:`content_hash`
    references: int
    key_points: int
    landmarks: int
    files: tuple[FileEntry, ...]  # sorted by path; all but the manifest itself
    build: Mapping[str, Any]  # the builder's configuration
    versions: Mapping[str, str]  # of reloc and of what shaped the content
    report: Mapping[str, Any] = dataclasses.field(default_factory=dict)  # what the build measured
    format_version: int = FORMAT_VERSION

    @property
    def size_bytes(self) -> int:
        """Size of all files together."""
        return sum(entry.size for entry in self.files)

    def to_json(self) -> str:
        """As text; :meth:`from_json` reads it back."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, where: str = layout.MANIFEST) -> Manifest:
        """Inverse of :meth:`to_json`; ``where`` is named in errors.

        Raises:
            MapIncompleteError: cut off, not JSON, or a field is missing.
            MapVersionError: written by a newer reloc.
            MapHashError: the content hash is not that of the listed files, or a path leads outside.
        """
        try:
            values = json.loads(text)
            version = int(values["format_version"])
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise MapIncompleteError(f"{where} is no manifest ({error!r})", "Build or fetch the map again") from error
        if version != FORMAT_VERSION:
            fix = "Update reloc" if version > FORMAT_VERSION else "Build the map again"
            raise MapVersionError(f"{where} has format {version}; this reloc reads format {FORMAT_VERSION}", fix)
        try:
            files = tuple(FileEntry(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in values["files"])
            known = {f.name for f in dataclasses.fields(cls)} - {"files"}
            manifest = cls(files=files, **{name: values[name] for name in known})
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise MapIncompleteError(f"{where} lacks a field ({error!r})", "Build or fetch the map again") from error
        manifest._check_types(where)
        for entry in files:
            if not is_inside(entry.path):
                raise MapHashError(f"{where} lists {entry.path!r}, which is not inside the map", "Do not use this map")
        if content_hash(files) != manifest.content_hash:
            raise MapHashError(
                f"{where} gives the content hash {manifest.content_hash[:12]}, but its files make "
                f"{content_hash(files)[:12]}",
                "It was changed by hand: build or fetch the map again",
            )
        return manifest

    def _check_types(self, where: str) -> None:
        """The manifest is the one file of a map that has no hash: what it says is looked at."""
        kinds: dict[type, tuple[str, ...]] = {
            str: ("name", "frame", "content_hash"),
            int: ("references", "key_points", "landmarks"),
            Mapping: ("build", "versions", "report"),
        }
        for kind, names in kinds.items():
            for name in names:
                value: Any = getattr(self, name)
                fits = isinstance(value, kind) and not isinstance(value, bool)
                if not fits or (kind is int and value < 0):
                    raise MapIncompleteError(f"{where} says {name}={value!r}", "Build or fetch the map again")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of the map in ``folder``.

        Raises:
            MapNotFoundError: no such folder, or it is no map.
            MapIncompleteError: a build or transfer that did not finish.
            MapVersionError, MapHashError: see :meth:`from_json`.
        """
        return cls.from_json(read_head(folder), str(folder / layout.MANIFEST))


def read_head(folder: Path) -> bytes:
    """The content of the manifest of the map in ``folder``.

    Raises:
        MapNotFoundError: no such folder, or it is no map.
        MapIncompleteError: a build or transfer that did not finish.
    """
    file = folder / layout.MANIFEST
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise _missing(folder) from None
    except OSError as error:
        raise MapNotFoundError(f"Cannot read {file}: {error.strerror}", "Is it a map that you may read?") from error


def content_hash(files: Iterable[FileEntry]) -> str:
    """sha256 over the sorted (path, sha256) of the files: the same content has the same hash anywhere, any time."""
    digest = hashlib.sha256()
    for entry in sorted(files, key=lambda e: e.path):
        digest.update(f"{entry.path}\0{entry.sha256}\n".encode())
    return digest.hexdigest()


def is_inside(path: str) -> bool:
    """Whether a relative path stays inside the folder that it is relative to."""
    pure = PurePosixPath(path)
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts and "\\" not in path


def _missing(folder: Path) -> MapNotFoundError | MapIncompleteError:
    unfinished = [p for p in (folder, layout.partial(folder)) if p.is_dir() and _looks_unfinished(p)]
    if unfinished:
        return MapIncompleteError(
            f"{unfinished[0]} is a map whose build did not finish", "Run the same 'reloc map build' again: it continues"
        )
    if not folder.exists():
        return MapNotFoundError(f"No map at {folder}", "Build one with 'reloc map build SOURCE --out MAP'")
    fix = "Give the folder that 'reloc map build' made"
    return MapNotFoundError(f"{folder} is no map: it has no {layout.MANIFEST}", fix)


def _looks_unfinished(folder: Path) -> bool:
    return folder.suffix == ".partial" or any((folder / name).exists() for name in (layout.COMPILED, layout.SPARSE))
