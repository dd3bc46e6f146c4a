"""The hashes of the pages of a folder's arrays, so that a part of a file is checked without reading all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from reloc.errors import MapIncompleteError
from reloc.files import write_atomic
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count

FILE = "pages.json"  # beside the arrays
PAGE = 1 << 18  # bytes; about two references' descriptors
Hashes = Mapping[str, tuple[str, ...]]


class _PageHashes(msgspec.Struct, frozen=True):
    page_bytes: Count
    files: dict[str, tuple[str, ...]]  # name of each array's file; sha256 of its pages in hexadecimal


def write(folder: Path) -> None:
    """Write the hashes of all arrays in a folder.

    Raises:
        OSError: a file cannot be read or written.
    """
    files = {file.name: _hashes(file) for file in sorted(folder.glob("*.npy"))}
    text = json.dumps({"page_bytes": PAGE, "files": files}, indent=1, sort_keys=True)
    write_atomic(folder / FILE, text + "\n")


def read(content: bytes, where: Path) -> Hashes:
    """Return the hashes by name of the file; none of pages of another size.

    Raises:
        MapIncompleteError: it is not such a file.
    """
    blame = Blame(str(where), MapIncompleteError, "Build or fetch the map again", verdict="is not a list of pages")
    found = json_file.parse(content, _PageHashes, blame)
    return found.files if found.page_bytes == PAGE else {}


def count(size: int) -> int:
    """Return the number of pages of a file of ``size`` bytes."""
    return -(-size // PAGE)


def _hashes(file: Path) -> list[str]:
    with file.open("rb") as stream:
        return [hashlib.sha256(page).hexdigest() for page in iter(lambda: stream.read(PAGE), b"")]
