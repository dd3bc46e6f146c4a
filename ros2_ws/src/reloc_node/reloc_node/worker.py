"""A thread that processes the newest item of a mailbox, so that callbacks return at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from reloc_node.mailbox import Mailbox
from reloc_node.node_log import text_of

T = TypeVar("T")


class Worker(Generic[T]):
    """Call ``handle`` for one item after the other. An exception goes to ``on_error``, and the work continues."""

    def __init__(self, name: str, handle: Callable[[T], None], on_error: Callable[[Exception], None]) -> None:
        self.name = name
        self.mailbox: Mailbox[T] = Mailbox()
        self.restarts = 0  # number of unexpected stops of the thread
        self._handle = handle
        self._on_error = on_error
        self._started = False
        self._thread = self._new_thread()

    def start(self) -> None:
        """Start working."""
        self._started = True
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Return whether the thread runs, or was not started."""
        return self._thread.is_alive() or not self._started or self.mailbox.closed

    def revive(self) -> bool:
        """Start a new thread if the old one stopped unexpectedly; return whether it did."""
        if self.alive:
            return False
        self.restarts += 1
        self._thread = self._new_thread()
        self._thread.start()
        return True

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Finish the current item and end. Return False if this takes longer than ``timeout_s``."""
        self.mailbox.close()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _new_thread(self) -> threading.Thread:
        return threading.Thread(target=self._run, name=self.name, daemon=True)

    def _run(self) -> None:
        while not self.mailbox.closed:
            item = self.mailbox.take()
            if item is None:
                continue
            try:
                self._handle(item)
            except Exception as error:  # one bad item must not end the thread
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        try:
            self._on_error(error)
        except Exception as second:  # neither must its error handler
            print(f"{self.name}: {text_of(error)}, and then {text_of(second)} in its error handler", file=sys.stderr)
