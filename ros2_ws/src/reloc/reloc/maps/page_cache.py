"""Pages of a map's files in memory, within a limit: those that were not used for the longest time leave first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from reloc.errors import ConfigError

Key = tuple[str, int]


class PageCache:
    """Holds pages by file and number. Several threads may use it."""

    def __init__(self, limit_bytes: int, who: str) -> None:
        """Create it; ``who`` is what needs memory, for errors."""
        self._limit, self._who = limit_bytes, who
        self._reserved = self._held = self._loaded = 0
        self._pages: OrderedDict[Key, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """Bytes of pages and of what is reserved."""
        return self._held + self._reserved

    @property
    def loaded(self) -> int:
        """Number of pages that were read until now."""
        return self._loaded

    def fits(self, size: int, least: int) -> bool:
        """Return whether something of ``size`` bytes takes a quarter of the limit at most, and leaves ``least`` bytes
        for pages.
        """
        return 4 * size <= self._limit and self._reserved + size + least <= self._limit

    def reserve(self, size: int, least: int = 0) -> None:
        """Take ``size`` bytes for what stays in memory.

        Args:
            least: bytes of pages that must fit beside it.

        Raises:
            ConfigError: the limit is too small.
        """
        stays = self._reserved + size
        needed = stays + least
        if needed > self._limit:
            raise ConfigError(
                f"memory_limit_mb is {self._limit >> 20}, but {self._who} needs {(needed >> 20) + 1}: "
                f"{stays / 2**20:.1f} MB that stay in memory, and {least / 2**20:.1f} MB for one reference",
                f"Set memory_limit_mb to {(needed >> 20) + 1} or more, or to 0 for no limit",
            )
        with self._lock:
            self._reserved += size
            self._make_room()

    def page(self, key: Key, load: Callable[[], bytes]) -> bytes:
        """Return a page; ``load`` reads it if it is not here. What ``load`` raises is passed on."""
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
                return found
        content = load()
        with self._lock:
            self._loaded += 1
            if key not in self._pages:
                self._pages[key] = content
                self._held += len(content)
                self._make_room()
        return content

    def _make_room(self) -> None:
        while self._held + self._reserved > self._limit and self._pages:
            _, gone = self._pages.popitem(last=False)
            self._held -= len(gone)
