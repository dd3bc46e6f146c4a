"""Where calibrations lie in a map: ``compiled/calibration_<method>/``, listed and hashed like all it holds."""

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
    """Put a record into a map; an earlier one of the same method gives way. The map's content hash changes.

    Raises:
        MapError: no whole map there, one that cannot be written, or another process is doing the same.
        StorageError: there is no room for temporary files.
    """
    with (
        storage_errors(f"Cannot write the calibration of {map_folder}"),
        tempfile.TemporaryDirectory(prefix="reloc-calibration-") as scratch,
    ):
        write_atomic(Path(scratch) / FILE, record.to_json())
        return place(map_folder, folder_of(record.method), Path(scratch))


def load(reference_map: ReferenceMap, method: str) -> Record | None:
    """The record of a method; None where the map has none.

    Raises:
        MapIncompleteError: its file is gone.
        MapHashError, MapVersionError: it cannot be read.
    """
    name = folder_of(method)
    if name not in calibrations(reference_map.manifest):
        return None
    path = f"{layout.arrays_folder(name)}/{FILE}"
    return Record.from_json(reference_map.read(path), str(reference_map.path / path))


def all_in(reference_map: ReferenceMap) -> tuple[Record, ...]:
    """Those of all methods, sorted by method.

    Raises:
        MapError: as in :func:`load`.
    """
    methods = (name.removeprefix(CALIBRATION) for name in calibrations(reference_map.manifest))
    return tuple(record for method in methods if (record := load(reference_map, method)) is not None)


def folder_of(method: str) -> str:
    """Name of the folder for a method of any name, ``exrenet+features`` or a dotted path."""
    return CALIBRATION + re.sub(r"\W", "_", method)
