"""A mailbox with one slot: the newest item wins, the one it replaces is dropped and counted."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Hands the newest item from one thread to another. Never blocks the one who puts."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._received = 0
        self._dropped = 0

    @property
    def received(self) -> int:
        """How many items were put in."""
        return self._received

    @property
    def dropped(self) -> int:
        """How many of them were replaced or cleared before anybody took them."""
        return self._dropped

    def put(self, item: T) -> None:
        """Leave ``item``, in place of one that nobody took yet."""
        with self._ready:
            if self._closed:
                return
            self._received += 1
            self._dropped += self._item is not None
            self._item = item
            self._ready.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """Wait for an item and take it; ``None`` when the mailbox closed or the time is over."""
        with self._ready:
            self._ready.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            return item

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is something to take (or the mailbox closes), and leave it there."""
        with self._ready:
            return self._ready.wait_for(lambda: self._item is not None or self._closed, timeout_s)

    def clear(self) -> None:
        """Drop what lies there."""
        with self._ready:
            self._dropped += self._item is not None
            self._item = None

    def close(self) -> None:
        """Wake whoever waits; nothing is accepted from now on."""
        with self._ready:
            self._closed = True
            self._item = None
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed
