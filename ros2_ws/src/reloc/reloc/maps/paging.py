"""Which arrays of a map stay on disk when its memory is limited, and what could not be read of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from reloc.errors import MapError
from reloc.maps import layout, page_hashes
from reloc.maps.integrity import check_content
from reloc.maps.manifest import FileEntry
from reloc.maps.page_cache import PageCache
from reloc.maps.paged_array import PagedArray
from reloc.maps.private_copy import PrivateCopies

# Others, such as offsets and positions of landmarks, are small and needed as a whole.
_IN_PAGES: Mapping[str, frozenset[str]] = {
    layout.FEATURES: frozenset({"uv", "size", "angle", "descriptors", "unmatched"}),
    layout.LANDMARKS: frozenset({"ids", "descriptors", "error_px"}),
}


class Paging:
    """The memory of one opened map."""

    def __init__(self, folder: Path, limit_mb: int) -> None:
        """Create it; ``limit_mb`` is what arrays may take in memory."""
        self.cache = PageCache(limit_mb << 20, f"the map {folder}")
        self._folder = folder

    @staticmethod
    def is_paged(entry: FileEntry) -> bool:
        """Return whether a file stays on disk."""
        folder, _, name = entry.path.rpartition("/")
        stem, _, suffix = name.rpartition(".")
        return suffix == "npy" and stem in _IN_PAGES.get(folder.rpartition("/")[2], frozenset())

    def open(
        self, entry: FileEntry, copies: PrivateCopies, listed: Mapping[str, bytes], verify: bool, checked: bool = False
    ) -> PagedArray:
        """Open an array that stays on disk.

        Args:
            listed: files of the map that were read, by path.
            verify: hash the whole file if the map has no hashes of its pages.
            checked: it was hashed already.

        Raises:
            MapIncompleteError, MapHashError: as :class:`PagedArray`, or it is not the file that the manifest lists.
        """
        folder, _, name = entry.path.rpartition("/")
        beside = f"{folder}/{page_hashes.FILE}"
        hashes = page_hashes.read(listed[beside], self._folder / beside).get(name) if beside in listed else None
        if hashes is None and verify and not checked:
            check_content(self._folder, entry)
        return PagedArray(self._folder, entry, copies, self.cache, hashes)


class Damaged:
    """References of a map whose data could not be read, with what was wrong; they are left out from then on."""

    def __init__(self) -> None:
        self._found: dict[int, str] = {}
        self._lock = threading.Lock()

    def note(self, index: int, name: str, error: MapError) -> None:
        """Note a reference, and log it once."""
        with self._lock:
            if index in self._found:
                return
            self._found[index] = f"{name}: {error.problem}"
        logging.getLogger(__name__).error("The reference %s is left out. %s", name, error)

    def __contains__(self, index: int) -> bool:
        return index in self._found

    def __str__(self) -> str:
        """Return a sentence without a full stop; empty if all could be read."""
        if not self._found:
            return ""
        first = next(iter(self._found.values()))
        return f"{len(self._found)} references of the map cannot be read and are left out; {first}"
