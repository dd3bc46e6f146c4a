"""Bags whose messages lie in SQLite."""

from __future__ import annotations

from fuzz.targets._bags import BagTarget


class BagSqlite(BagTarget):
    """metadata.yaml and a .db3."""

    name, storage = "bag_sqlite", "sqlite3"


TARGET = BagSqlite()
