"""Check what a map server sends before it names a path, allocates memory or is shown to a person. It uses no ROS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from reloc.errors import MapOfferError, MapVersionError, TransferError
from reloc.maps.manifest import FORMAT_VERSION, READ_VERSIONS
from reloc_node.map_transfer.map_pages import PagedFile
from reloc_node.node_log import shown

PAGE_BYTES_LEAST, PAGE_BYTES_MOST = 4096, 1 << 26  # allowed values of a server's parameter page_bytes
LONGEST_PATH, LONGEST_PART = 1024, 255  # bytes; a part is the text between two slashes
RESERVED = ".pages"  # the download's own file

_HASH = re.compile(r"[0-9a-f]{64}")
_RAISE = "If you trust the server, raise the parameter {} of this node"
_DISTRUST = "Do not use this server"
_FIX = "Fetch the map again"


@dataclass(frozen=True)
class TransferLimits:
    """Limits for what a map from a server may ask of this machine."""

    map_bytes: int = 1 << 34
    cache_bytes: int = 1 << 35
    files: int = 200_000
    memory_mb: int = 0  # what the opened map's arrays may take; 0: all of them


class MapInfoLike(Protocol):
    """The fields of ``reloc_msgs/MapInfo`` that a transfer depends on."""

    name: str
    content_hash: str
    format_version: int
    size_bytes: int
    file_count: int
    page_count: int
    page_bytes: int


def check_hash(value: object) -> str:
    """Return a valid content hash: 64 lower-case hexadecimal digits.

    Raises:
        MapOfferError: the value is anything else, such as a path.
    """
    if not isinstance(value, str) or _HASH.fullmatch(value) is None:
        raise MapOfferError(f"The server's map has the hash {shown(value)}", "It must be 64 hexadecimal digits")
    return value


def check_offer(info: MapInfoLike, limits: TransferLimits) -> None:
    """Check a server's description of its map before it is used.

    Raises:
        MapVersionError: the map is for another version of reloc.
        MapOfferError: a hash, size or number is impossible, or above the limits.
    """
    check_hash(info.content_hash)
    if info.format_version not in READ_VERSIONS:
        raise MapVersionError(
            f"The server's map {shown(info.name)} has format {info.format_version}; this reloc reads up to "
            f"{FORMAT_VERSION}",
            "Update the older one of the two",
        )
    check_sizes(info.size_bytes, info.page_bytes, limits)
    if info.size_bytes < 1:
        raise MapOfferError("The server's map has 0 bytes", _DISTRUST)
    if info.page_count != -(-info.size_bytes // info.page_bytes):
        raise MapOfferError(
            f"The server declares {info.page_count} pages of {info.page_bytes} bytes for {info.size_bytes} "
            "bytes, which do not match",
            _DISTRUST,
        )
    if not 1 <= info.file_count <= limits.files:
        raise MapOfferError(
            f"The server's map has {info.file_count} files; 1 to {limits.files} are allowed",
            _RAISE.format("max_map_files"),
        )


def check_sizes(size_bytes: int, page_bytes: int, limits: TransferLimits) -> None:
    """Check the sizes of a map and of its pages. A download needs one bit of memory per page.

    Raises:
        MapOfferError: the map is too large, or the page size is not allowed.
    """
    if not PAGE_BYTES_LEAST <= page_bytes <= PAGE_BYTES_MOST:
        raise MapOfferError(
            f"The server's pages have {page_bytes} bytes; {PAGE_BYTES_LEAST} to {PAGE_BYTES_MOST} are allowed",
            "Set the server's parameter page_bytes",
        )
    if not 0 <= size_bytes <= limits.map_bytes:
        raise MapOfferError(
            f"The server's map has {size_bytes} bytes; at most {limits.map_bytes} are allowed",
            _RAISE.format("max_map_bytes"),
        )
    if size_bytes > limits.cache_bytes:
        raise MapOfferError(
            f"The server's map has {size_bytes} bytes; the cache may hold {limits.cache_bytes}",
            _RAISE.format("max_cache_bytes"),
        )


def check_path(path: object) -> str:
    """Return a file's path if it stays inside the map and every file system accepts it.

    Raises:
        TransferError: the path is absolute, holds ``..`` or NUL, is not normalized, not UTF-8, or too long.
    """
    if not isinstance(path, str) or not _is_path_inside(path):
        raise TransferError(f"The server lists {shown(path)}, which is not inside a map", _DISTRUST)
    return path


def check_table(files: Sequence[PagedFile], size_bytes: int) -> None:
    """Check a whole table of files: one after another, each once, together as long as the map.

    Raises:
        TransferError: the table is anything else.
    """
    offset, seen, folders = 0, set[str](), set[str]()
    for file in files:
        check_path(file.path)
        if file.size < 0 or file.offset != offset:
            raise TransferError(f"{shown(file.path)} begins at {file.offset} instead of {offset}", _FIX)
        if file.path in seen:
            raise TransferError(f"The server lists {shown(file.path)} twice", _DISTRUST)
        seen.add(file.path)
        folders.update(parent.as_posix() for parent in PurePosixPath(file.path).parents)
        offset += file.size
    if offset != size_bytes:
        raise TransferError(f"The files have {offset} bytes together, but the server declared {size_bytes}", _FIX)
    if both := seen & folders:
        raise TransferError(f"The server lists {shown(min(both))} as a file and as a folder", _DISTRUST)
    for file in files:
        if _HASH.fullmatch(file.sha256) is None:
            raise TransferError(f"{shown(file.path)} has the SHA-256 {shown(file.sha256)}", _DISTRUST)


def _is_path_inside(path: str) -> bool:
    try:
        parts = path.encode().split(b"/")
    except UnicodeEncodeError:  # surrogates: a manifest cannot hold such a file name
        return False
    return (
        len(path) <= LONGEST_PATH
        and parts[0] != RESERVED.encode()
        and "\0" not in path
        and "\\" not in path
        and all(part not in (b"", b".", b"..") and len(part) <= LONGEST_PART for part in parts)
    )
