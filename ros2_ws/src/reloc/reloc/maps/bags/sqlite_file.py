"""Check an SQLite bag: the file holds all its pages, and its tables are tables."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

from reloc.errors import BagError, BagTruncatedError
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import opened, size_of

_MAGIC = b"SQLite format 3\0"
_TABLES = ("messages", "topics", "schema", "metadata", "message_definitions")


def check_sqlite(path: Path, fix: str) -> None:
    """Compare a database's length with the page count in its header. SQLite notices a missing page only when it needs
    it.

    Raises:
        BagError: the file is not a regular file, or a view takes the place of a table; a view may compute forever.
        BagTruncatedError: the file is cut off.
    """
    with opened(path, Blame(str(path), BagError, "Give a file that this user may read")) as file:
        header, size = file.read(100), size_of(file)
    if len(header) < 100 or not header.startswith(_MAGIC):
        return  # opening the file will report it
    page_size, pages = struct.unpack_from(">H", header, 16)[0], struct.unpack_from(">I", header, 28)[0]
    expected = pages * (65536 if page_size == 1 else page_size)
    current = header[24:28] == header[92:96]  # otherwise an old SQLite wrote it last and kept no page count
    if current and size < expected:
        raise BagTruncatedError(f"{path} is cut off: it has {size} of {expected} bytes", fix)
    for name, kind in _kinds(path):
        if kind != "table":
            raise BagError(
                f"{path}: {name} is a {kind}; a table is expected", "No recorder writes this: do not use this bag"
            )


def _kinds(path: Path) -> list[tuple[str, str]]:
    marks = ", ".join("?" * len(_TABLES))
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as database:
            query = f"SELECT name, type FROM sqlite_master WHERE lower(name) IN ({marks}) AND type IN ('table', 'view')"
            return [(str(name), str(kind)) for name, kind in database.execute(query, _TABLES)]
    except (sqlite3.Error, ValueError, OverflowError):
        return []  # opening the file will report it
