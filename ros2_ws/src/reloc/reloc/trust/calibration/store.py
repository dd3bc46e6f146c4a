"""Store calibrations in a map: ``compiled/calibration_<method>/``, listed and hashed like all its files."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from reloc.files import storage_errors, write_atomic
from reloc.maps import layout
from reloc.maps.attachments import CALIBRATION, calibrations, place
from reloc.maps.manifest import Manifest
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.record import Record

FILE = "calibration.json"


def save(map_folder: Path, record: Record) -> Manifest:
    """Put a record into a map; it replaces an earlier one of the same method. The map's content hash changes.

    Raises:
        MapError: the map is incomplete or cannot be written, or another process writes it.
        StorageError: there is no room for temporary files.
    """
    with (
        storage_errors(f"Cannot write the calibration of {map_folder}"),
        tempfile.TemporaryDirectory(prefix="reloc-calibration-") as scratch,
    ):
        write_atomic(Path(scratch) / FILE, record.to_json())
        return place(map_folder, folder_of(record.method), Path(scratch))


def load(reference_map: ReferenceMap, method: str) -> Record | None:
    """Return the record of a method; None if the map has none.

    Raises:
        MapIncompleteError: its file is missing.
        MapHashError, MapVersionError: it cannot be read.
    """
    name = folder_of(method)
    if name not in calibrations(reference_map.manifest):
        return None
    path = f"{layout.arrays_folder(name)}/{FILE}"
    return Record.from_json(reference_map.read(path), str(reference_map.path / path))


def all_in(reference_map: ReferenceMap) -> tuple[Record, ...]:
    """Return the records of all methods, sorted by method.

    Raises:
        MapError: as in :func:`load`.
    """
    methods = (name.removeprefix(CALIBRATION) for name in calibrations(reference_map.manifest))
    return tuple(record for method in methods if (record := load(reference_map, method)) is not None)


def folder_of(method: str) -> str:
    """Return the folder's name for a method of any name, ``exrenet+features`` or a dotted path."""
    return CALIBRATION + re.sub(r"\W", "_", method)
