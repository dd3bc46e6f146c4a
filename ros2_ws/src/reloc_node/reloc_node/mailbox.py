"""A mailbox with one slot: a new item replaces the old one, which is dropped and counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hand the newest item from one thread to another. Putting never blocks."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._received = 0
        self._dropped = 0

    @property
    def received(self) -> int:
        """Number of items put in."""
        return self._received

    @property
    def dropped(self) -> int:
        """Number of items replaced or cleared before they were taken."""
        return self._dropped

    def put(self, item: T) -> None:
        """Put ``item`` in. It replaces an item that was not taken."""
        with self._ready:
            if self._closed:
                return
            self._received += 1
            self._dropped += self._item is not None
            self._item = item
            self._ready.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """Wait for an item and take it; None if the mailbox closed or the time is over."""
        with self._ready:
            self._ready.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            return item

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is an item or the mailbox closes, without taking the item."""
        with self._ready:
            return self._ready.wait_for(lambda: self._item is not None or self._closed, timeout_s)

    def clear(self) -> None:
        """Drop the waiting item."""
        with self._ready:
            self._dropped += self._item is not None
            self._item = None

    def close(self) -> None:
        """Wake all waiting threads, and accept no more items."""
        with self._ready:
            self._closed = True
            self._item = None
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        """Return whether :meth:`close` was called."""
        return self._closed
