"""RTAB-Map's SQLite database: its version, its nodes, and the poses that its last optimization gave them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import ImageError, SourceError
from reloc.maps.sources.shared.rtabmap_blobs import matrix_in, pose_of
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import whole
from reloc.parsing.regular_file import opened

OLDEST = (0, 11, 0)
_FIX = "Open it in rtabmap-databaseViewer of its version, or export poses and images with rtabmap-export"
_TABLES = ("Admin", "Node", "Data")
_MOST_BLOB = 2**28  # bytes
_STEPS, _MOST_CALLS = 1_000_000, 2_000  # of SQLite's machine; a crafted database could compute forever

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class MapNode:
    """One node: an image and its pose by odometry."""

    number: int
    stamp: Any  # seconds, as the database gives it
    pose: Any  # blob
    calibration: Any  # blob


class RtabmapDatabase:
    """A database that is open for one reading after the other.

    Raises:
        SourceError: it is not RTAB-Map's, or of a version that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with opened(path, Blame(str(path), SourceError, _FIX)) as stream:
            if not stream.read(16).startswith(b"SQLite format 3\0"):
                raise SourceError(f"{path} is not a database of RTAB-Map: it is not SQLite", "Give a .db of RTAB-Map")
        with self._reading() as database:
            kinds = dict(database.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
            missing = [name for name in _TABLES if kinds.get(name) != "table"]
            if missing:
                raise SourceError(f"{path} is not a database of RTAB-Map: it lacks {', '.join(missing)}", _FIX)
            row = database.execute("SELECT version FROM Admin").fetchone()
            self.version = _version(row[0] if row else None, path)
            columns = {name: _columns(database, name) for name in _TABLES}
        for table, needed in (("Node", ("id", "pose", "stamp")), ("Data", ("id", "image", "calibration"))):
            if lacking := [name for name in needed if name not in columns[table]]:
                raise SourceError(
                    f"{path} is of RTAB-Map {self.shown_version}, whose table {table} lacks {', '.join(lacking)}", _FIX
                )
        self._optimized = {"opt_ids", "opt_poses"} <= columns["Admin"]

    @property
    def shown_version(self) -> str:
        """The version as RTAB-Map writes it."""
        return ".".join(str(part) for part in self.version)

    def nodes(self) -> list[MapNode]:
        """Return the nodes that have an image, in their order."""
        query = (
            "SELECT Node.id, Node.stamp, Node.pose, Data.calibration FROM Node JOIN Data ON Node.id = Data.id "
            "WHERE length(Data.image) > 0 ORDER BY Node.id"
        )
        with self._reading() as database:
            rows = database.execute(query).fetchall()
        return [MapNode(*row) for row in rows if isinstance(row[0], int)]

    def optimized(self) -> dict[int, Float64]:
        """Return world_from_base (4, 4) by node, as the last optimization of the graph gave them; empty if none is
        stored.
        """
        if not self._optimized:
            return {}
        with self._reading() as database:
            row = database.execute("SELECT opt_ids, opt_poses FROM Admin").fetchone()
        if row is None or not isinstance(row[0], bytes) or not isinstance(row[1], bytes):
            return {}
        what = f"The optimized poses of {self.path}"
        ids = matrix_in(row[0], what).ravel()
        poses = matrix_in(row[1], what).astype("<f4").ravel()
        if len(poses) != 12 * len(ids) or not np.issubdtype(ids.dtype, np.integer):
            raise SourceError(f"{what}: {len(ids)} nodes, but {len(poses)} numbers instead of {12 * len(ids)}", _FIX)
        found = {}
        for number, pose in zip(ids.tolist(), poses.reshape(-1, 12), strict=True):
            matrix = pose_of(pose.tobytes(), f"{what}, node {number}")
            if matrix is not None:
                found[number] = matrix
        return found

    def image(self, number: int) -> bytes:
        """Return the encoded image of a node.

        Raises:
            ImageError: it is gone.
        """
        with self._reading() as database:
            row = database.execute("SELECT image FROM Data WHERE id = ?", (number,)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise ImageError(f"Node {number} of {self.path} has no image", "The database changed while it was read")
        return row[0]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        calls = 0

        def count() -> bool:
            nonlocal calls
            calls += 1
            return calls > _MOST_CALLS

        try:
            database = sqlite3.connect(f"{self.path.resolve().as_uri()}?immutable=1", uri=True)
            try:
                database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BLOB)
                database.execute("PRAGMA trusted_schema = OFF")
                database.set_progress_handler(count, _STEPS)
                yield database
            finally:
                database.close()
        except (sqlite3.Error, ValueError, OverflowError, UnicodeError) as error:
            raise SourceError(
                f"The database {self.path} cannot be read: {' '.join(str(error).split())}", _FIX
            ) from error


def _version(text: object, path: Path) -> Version:
    blame = Blame(str(path), SourceError, f"Versions from {'.'.join(str(part) for part in OLDEST)} on are read")
    words = text.split(".") if isinstance(text, str) else []
    if len(words) != 3:
        raise blame.refuse(f"says the version {shown(text)} of RTAB-Map")
    major, minor, patch = (whole(word, blame.at("the version of RTAB-Map"), 0, 9999) for word in words)
    if (major, minor, patch) < OLDEST or major > 1:
        raise blame.refuse(f"is of RTAB-Map {text}, which is not read. {_FIX}")
    return major, minor, patch


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")}
