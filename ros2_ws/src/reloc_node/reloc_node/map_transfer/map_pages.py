"""Cut a map's folder, as one stream of bytes, into pages (see ``reloc_msgs/srv/GetReferences``). It uses no ROS."""

from __future__ import annotations

import bisect
import hashlib
from dataclasses import dataclass
from pathlib import Path

from reloc.errors import MapIncompleteError
from reloc.maps import layout
from reloc.maps.integrity import sha256_of
from reloc.maps.manifest import Manifest

DEFAULT_PAGE_BYTES = 1 << 20
_READ = 1 << 22


@dataclass(frozen=True, slots=True)
class PagedFile:
    """One file and its position in the stream."""

    path: str  # relative to the map, forward slashes
    size: int
    offset: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of the stream."""

    offset: int
    data: bytes
    sha256: str


class MapPages:
    """Read a map's files page by page. The manifest and its signature come first, then the listed files."""

    def __init__(self, folder: Path, manifest: Manifest, page_bytes: int = DEFAULT_PAGE_BYTES) -> None:
        """Hash the stream once, which takes about 1 s per GB.

        Raises:
            MapIncompleteError: a file is missing or its size differs from the list.
        """
        heads = [head for head in (folder / layout.MANIFEST, folder / layout.SIGNATURE) if head.is_file()]
        entries = [(head.name, head.stat().st_size, sha256_of(head)) for head in heads]
        entries += [(entry.path, entry.size, entry.sha256) for entry in manifest.files]
        files, offset = [], 0
        for path, size, sha256 in entries:
            files.append(PagedFile(path, size, offset, sha256))
            offset += size
        self.folder = folder
        self.files = tuple(files)
        self.size_bytes = offset
        self.page_bytes = page_bytes
        self.page_count = -(-offset // page_bytes)
        self._starts = [file.offset for file in files]
        self.sha256 = self._hash()

    def page(self, number: int) -> Page:
        """Return page ``number``, counted from 0.

        Raises:
            IndexError: there is no such page.
            MapIncompleteError: a file was removed or shortened since the map was opened.
        """
        if not 0 <= number < self.page_count:
            raise IndexError(f"page {number} of {self.page_count}")
        offset = number * self.page_bytes
        data = self._read(offset, min(self.page_bytes, self.size_bytes - offset))
        return Page(offset, data, hashlib.sha256(data).hexdigest())

    def _read(self, offset: int, length: int) -> bytes:
        out = bytearray()
        for file in self.files[bisect.bisect_right(self._starts, offset) - 1 :]:
            if len(out) == length:
                break
            start = offset + len(out) - file.offset
            wanted = min(length - len(out), file.size - start)
            try:
                with (self.folder / file.path).open("rb") as stream:
                    stream.seek(start)
                    piece = stream.read(wanted)
            except OSError as error:
                raise MapIncompleteError(f"{self.folder / file.path}: {error}", "Load the map again") from error
            if len(piece) != wanted:
                raise MapIncompleteError(
                    f"{self.folder / file.path} was shortened while it was served", "Load the map again"
                )
            out += piece
        return bytes(out)

    def _hash(self) -> str:
        digest = hashlib.sha256()
        for offset in range(0, self.size_bytes, _READ):
            digest.update(self._read(offset, min(_READ, self.size_bytes - offset)))
        return digest.hexdigest()
