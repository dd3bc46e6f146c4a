"""A thread that works on the newest item of a mailbox, so that callbacks return at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from reloc_node.mailbox import Mailbox

T = TypeVar("T")


class Worker(Generic[T]):
    """Calls ``handle`` for one item after the other. An exception goes to ``on_error`` and the work goes on."""

    def __init__(self, name: str, handle: Callable[[T], None], on_error: Callable[[Exception], None]) -> None:
        self.mailbox: Mailbox[T] = Mailbox()
        self._handle = handle
        self._on_error = on_error
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Finish the item in hand and end; False if that took longer than ``timeout_s``."""
        self.mailbox.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self.mailbox.closed:
            item = self.mailbox.take()
            if item is None:
                continue
            try:
                self._handle(item)
            except Exception as error:  # one bad item must not end the thread
                self._on_error(error)
