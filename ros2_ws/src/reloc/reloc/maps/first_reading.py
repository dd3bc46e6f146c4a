"""Read what every localizer needs from a map that is being opened, and check all of its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from reloc.maps import layout
from reloc.maps.held_array import HeldArray
from reloc.maps.integrity import check_content, check_sizes, on_all_cores
from reloc.maps.manifest import FileEntry, Manifest
from reloc.maps.npy import array_in
from reloc.maps.paging import Paging
from reloc.maps.private_copy import PrivateCopies
from reloc.maps.stored_array import Stored

_HELD = 1 << 14  # bytes; smaller arrays are copied when the map is opened
_SMALL = 1 << 24  # bytes, of JSON that is kept
_NEEDED = (layout.REFERENCES, layout.CAMERAS, layout.POSES)
_FOLDERS = (layout.arrays_folder(layout.FEATURES), layout.arrays_folder(layout.LANDMARKS))


@dataclass(frozen=True, slots=True)
class FirstReading:
    """The files that every localizer needs, by path."""

    small: dict[str, bytes] = field(default_factory=dict)  # JSON
    arrays: dict[str, Stored] = field(default_factory=dict)


def read_first(
    folder: Path, manifest: Manifest, copies: PrivateCopies, *, verify: bool, paging: Paging | None = None
) -> FirstReading:
    """Check all files of a map and read those that :func:`is_read_first` names.

    Args:
        verify: compare every file with its hash. The copy is hashed, not the file, which may change. Without it,
            only sizes are compared, and larger arrays are copied when they are first used.
        paging: limits the memory: larger arrays stay on disk.

    Raises:
        MapIncompleteError: a file is missing, of another size, or not an array of numbers.
        MapHashError: a file's content differs from the list, or is not an array.
    """
    reading = FirstReading()

    def read(entry: FileEntry) -> None:
        is_array = entry.path.endswith(".npy")
        if is_array and not verify and entry.size > _HELD:
            reading.arrays[entry.path] = HeldArray.hold(folder, entry, copies)
            return
        content = copies.read(entry, verify)
        if is_array:
            reading.arrays[entry.path] = HeldArray.of(array_in(content, f"{folder}/{entry.path}"))
        else:
            reading.small[entry.path] = content.tobytes()

    def is_paged(entry: FileEntry) -> bool:
        return paging is not None and is_read_first(entry) and paging.is_paged(entry)

    def read_or_check(entry: FileEntry) -> None:
        if is_read_first(entry):
            read(entry)
        else:
            check_content(folder, entry)

    check_sizes(folder, manifest.files)
    others = [entry for entry in manifest.files if not is_paged(entry)]
    if verify:
        on_all_cores(read_or_check, others)
    else:
        for entry in others:
            if is_read_first(entry):
                read(entry)
    for entry in filter(is_paged, manifest.files):
        assert paging is not None
        reading.arrays[entry.path] = paging.open(entry, copies, reading.small, verify)
    return reading


def is_read_first(entry: FileEntry) -> bool:
    """Return whether every localizer needs a file, or it is a calibration; others are read on request."""
    if entry.path in _NEEDED:
        return True
    folder, _, name = entry.path.rpartition("/")
    if name.endswith(".json"):
        return entry.path.startswith(f"{layout.COMPILED}/") and entry.size <= _SMALL
    return folder in _FOLDERS and name.endswith(".npy")
