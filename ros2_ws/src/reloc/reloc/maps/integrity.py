"""Check that the files of a map are those that its manifest lists."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reloc.errors import MapHashError, MapIncompleteError
from reloc.maps.manifest import FileEntry, Manifest
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import opened
from reloc.threads import usable_cores

_FIX = "Build or fetch the map again"
_WORTH_A_THREAD = 1 << 22  # bytes to hash
_of_thread = threading.local()


def sha256_of(file: Path) -> str:
    """Return the sha256 of a file's content in hexadecimal.

    Raises:
        MapIncompleteError, MapHashError: it is missing, not a regular file, or cannot be read.
    """
    blame = Blame(str(file), MapHashError, _FIX, missing=MapIncompleteError)
    digest, piece = hashlib.sha256(), _piece()
    with opened(file, blame) as stream:
        try:
            while read := stream.raw.readinto(piece):
                digest.update(piece[:read])
        except OSError as error:
            raise blame.refuse(f"cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def _piece() -> memoryview:
    """Return this thread's memory for a piece of a file; asking for it anew costs more than hashing a small file."""
    if not hasattr(_of_thread, "piece"):
        _of_thread.piece = memoryview(bytearray(1 << 18))
    found: memoryview = _of_thread.piece
    return found


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


def check_sizes(folder: Path, entries: Iterable[FileEntry]) -> None:
    """Check that every listed file exists with its size.

    Raises:
        MapIncompleteError: a file is missing or of another size.
    """
    for entry in entries:
        file = f"{folder}/{entry.path}"
        try:
            found = os.stat(file)
        except (FileNotFoundError, NotADirectoryError):
            raise MapIncompleteError(f"{file} is missing", _FIX) from None
        except (OSError, ValueError) as error:  # ValueError: a null byte in the path
            raise MapIncompleteError(f"{file} cannot be read: {error}", _FIX) from error
        if not stat.S_ISREG(found.st_mode):
            raise MapIncompleteError(f"{file} is not a plain file", _FIX)
        if found.st_size != entry.size:
            raise MapIncompleteError(f"{file} has {found.st_size} bytes, but {entry.size} are listed", _FIX)


def check_content(folder: Path, entry: FileEntry) -> None:
    """Check that a listed file has its content.

    Raises:
        MapIncompleteError, MapHashError: it is missing, or its content differs from the list.
    """
    file = folder / entry.path
    if sha256_of(file) != entry.sha256:
        raise MapHashError(f"{file} is not the file that the map was built with", _FIX)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Check that every listed file exists with its size and content.

    Raises:
        MapIncompleteError: a file is missing or of another size.
        MapHashError: a file's content differs from the list.
    """
    check_sizes(folder, manifest.files)
    on_all_cores(lambda entry: check_content(folder, entry), manifest.files)


def on_all_cores(work: Callable[[FileEntry], None], entries: Sequence[FileEntry]) -> None:
    """Do some work for each file, about the same number of bytes on each core. Few bytes are not worth a thread."""
    count = min(usable_cores(), sum(entry.size for entry in entries) // _WORTH_A_THREAD)
    if count < 2:
        return _each(work, entries)
    parts: list[list[FileEntry]] = [[] for _ in range(count)]
    sizes = [0] * count
    for entry in sorted(entries, key=lambda entry: -entry.size):
        least = sizes.index(min(sizes))
        parts[least].append(entry)
        sizes[least] += entry.size
    with ThreadPoolExecutor(count - 1, "reloc-hash") as pool:  # hashing releases the interpreter lock
        beside = [pool.submit(_each, work, part) for part in parts[1:]]
        _each(work, parts[0])
        for other in beside:
            other.result()


def _each(work: Callable[[FileEntry], None], entries: Iterable[FileEntry]) -> None:
    for entry in entries:
        work(entry)
