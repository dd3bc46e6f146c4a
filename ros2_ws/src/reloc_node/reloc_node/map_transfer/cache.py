"""Manage the folder of fetched maps: content, size limit and eviction. It uses no ROS.

A map lies in ``<cache>/<hash>``, an incomplete one in ``<cache>/<hash>.<page size>.partial``.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from reloc.errors import ConfigError, MapError, RelocError, TransferError
from reloc.maps.reference_map import ReferenceMap
from reloc_node.map_transfer.cache_lock import HashLock
from reloc_node.map_transfer.checks import TransferLimits, check_hash

LEFTOVER_S = 7 * 24 * 3600.0  # seconds; an unfinished download that made no progress for this time is removed
_ENTRY = re.compile(r"(?P<hash>[0-9a-f]{64})(?P<rest>|\.lock|\.trash|\.[0-9]+\.partial)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A map in the cache, complete or not."""

    path: Path
    content_hash: str
    whole: bool
    size_bytes: int
    used_s: float  # time of last use, seconds since 1970


def cached_map(cache: Path, content_hash: str, lock: HashLock | None = None, memory_mb: int = 0) -> ReferenceMap | None:
    """Return the map of that hash from the cache, checked. A damaged one is deleted unless it is in use.

    Args:
        cache: the folder.
        content_hash: hash of the map.
        lock: the caller's own lock on it, if any; released when the map is deleted.
        memory_mb: limit of its memory; 0: none.

    Raises:
        ConfigError: the memory limit is too small for the map. The map stays.
        MapOfferError: ``content_hash`` is not a content hash. Nothing was looked up.
        TransferError: the map exists, but cannot be read at the moment.
    """
    folder = cache / check_hash(content_hash)
    if not folder.is_dir():
        return None
    try:
        found = ReferenceMap.open(folder, memory_limit_mb=memory_mb)
        if found.content_hash == content_hash:
            os.utime(folder)
            return found
    except MapError:
        pass
    except ConfigError:
        raise
    except OSError as error:
        raise TransferError(f"Cannot read the map in the cache: {error}", "It is tried again automatically") from error
    except (RelocError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError):
        pass  # damaged in a way that its reader did not expect
    if lock is not None:
        lock.close()
    remove(cache, content_hash, folder)
    return None


def entries(cache: Path) -> list[Entry]:
    """Return the entries of a cache, least recently used first."""
    found = []
    for path in _listed(cache):
        match = _ENTRY.fullmatch(path.name)
        if match is None or match["rest"] in (".lock", ".trash"):
            continue
        try:
            used_s = path.lstat().st_mtime
        except OSError:  # deleted meanwhile
            continue
        found.append(Entry(path, match["hash"], not match["rest"], _size(path), used_s))
    return sorted(found, key=lambda entry: entry.used_s)


def make_room(cache: Path, content_hash: str, size_bytes: int, limits: TransferLimits) -> None:
    """Evict the least recently used maps until one of ``size_bytes`` fits. Maps in use stay.

    Args:
        cache: the folder.
        content_hash: hash of the map to come. Its existing pages count as part of it.
        size_bytes: size of this map.
        limits: limits with the cache's size.

    Raises:
        TransferError: the maps in use leave too little room, or the disk is full.
    """
    others = [entry for entry in entries(cache) if entry.content_hash != content_hash]
    total = sum(entry.size_bytes for entry in others) + size_bytes
    for entry in others:
        if total <= limits.cache_bytes:
            break
        if remove(cache, entry.content_hash, entry.path):
            total -= entry.size_bytes
    if total > limits.cache_bytes:
        raise TransferError(
            f"The map cache {cache} may hold {limits.cache_bytes} bytes; with this map it would hold {total}, "
            "and the other maps are in use",
            "Raise the parameter max_cache_bytes",
        )
    there = sum(_size(path) for path in _listed(cache) if path.name.startswith(f"{content_hash}."))
    free = shutil.disk_usage(cache).free
    if size_bytes - there > free:
        raise TransferError(
            f"The map needs {size_bytes - there} more bytes in {cache}, but only {free} are free",
            "Free disk space or set the parameter map_cache; the transfer continues by itself",
        )


def tidy(cache: Path, leftover_s: float = LEFTOVER_S) -> None:
    """Remove downloads without progress for ``leftover_s`` seconds, and leftovers of deletions and older versions."""
    now = time.time()
    for path in _listed(cache):
        match = _ENTRY.fullmatch(path.name)
        if match is None or not match["rest"]:
            continue
        try:
            age_s = now - path.lstat().st_mtime
        except OSError:
            continue
        if match["rest"] == ".trash" or age_s > leftover_s:
            remove(cache, match["hash"], path)


def remove(cache: Path, content_hash: str, path: Path) -> bool:
    """Delete one entry of a cache; return False if that map is in use or being fetched, or cannot be deleted."""
    try:
        lock = HashLock(cache, content_hash)
    except OSError:
        return False
    try:
        if not lock.exclusive():
            return False
        if path.is_dir() and not path.is_symlink():
            trash = path if path.suffix == ".trash" else cache / f"{content_hash}.trash"
            if trash != path:
                shutil.rmtree(trash, ignore_errors=True)
                path.rename(trash)  # in one step, so that a map exists completely or not at all
            shutil.rmtree(trash, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        return not path.exists()
    except OSError:
        return False
    finally:
        lock.close()


def _listed(cache: Path) -> list[Path]:
    try:
        return sorted(cache.iterdir())
    except OSError:
        return []


def _size(path: Path) -> int:
    """Return the bytes of all files below a folder; links are not followed."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:  # deleted meanwhile
                continue
    return total
