"""Check that the files of a map are those that its manifest lists."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reloc.errors import MapHashError, MapIncompleteError
from reloc.maps.manifest import FileEntry, Manifest
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import opened

_FIX = "Build or fetch the map again"


def sha256_of(file: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal.

    Raises:
        MapIncompleteError, MapHashError: it is missing, not a regular file, or cannot be read.
    """
    with opened(file, Blame(str(file), MapHashError, _FIX, missing=MapIncompleteError)) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def list_files(folder: Path, skip: frozenset[str] = frozenset()) -> tuple[FileEntry, ...]:
    """Return all files under ``folder`` with size and hash, sorted by path, without the relative paths in ``skip``."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.relative_to(folder).as_posix() not in skip)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing releases the interpreter lock
        hashes = list(pool.map(sha256_of, files))
    entries = [
        FileEntry(file.relative_to(folder).as_posix(), file.stat().st_size, sha256)
        for file, sha256 in zip(files, hashes, strict=True)
    ]
    return tuple(sorted(entries, key=lambda entry: entry.path))


def check_files(folder: Path, manifest: Manifest, *, hashes: bool = True, skip: Collection[str] = ()) -> None:
    """Check that every listed file exists with its size and, with ``hashes``, with its content.

    Args:
        skip: paths of files whose content is checked elsewhere.

    Raises:
        MapIncompleteError: a file is missing or of another size.
        MapHashError: a file's content differs from the list.
    """
    for entry in manifest.files:
        try:
            found = (folder / entry.path).stat()
        except (FileNotFoundError, NotADirectoryError):
            raise MapIncompleteError(f"{folder / entry.path} is missing", _FIX) from None
        except (OSError, ValueError) as error:  # ValueError: a null byte in the path
            raise MapIncompleteError(f"{folder / entry.path} cannot be read: {error}", _FIX) from error
        if not stat.S_ISREG(found.st_mode):
            raise MapIncompleteError(f"{folder / entry.path} is not a plain file", _FIX)
        size = found.st_size
        if size != entry.size:
            raise MapIncompleteError(f"{folder / entry.path} has {size} bytes, but {entry.size} are listed", _FIX)
    if not hashes:
        return
    entries = [entry for entry in manifest.files if entry.path not in skip]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        seen = pool.map(lambda entry: sha256_of(folder / entry.path), entries)
        for entry, sha256 in zip(entries, seen, strict=True):
            if sha256 != entry.sha256:
                raise MapHashError(f"{folder / entry.path} is not the file that the map was built with", _FIX)
