"""Check every two seconds whether the folder of the map in use contains another map, and hand this map over."""

from __future__ import annotations

import threading
from collections.abc import Callable

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.watch import MapWatch
from reloc_node.guard import FAULTS, in_words

PERIOD_S = 2.0
SLOWEST_S = 32.0  # seconds between attempts to open a map that fails


class MapWatcher:
    """A thread beside the node's own, because a new map is hashed before use."""

    def __init__(
        self,
        reference_map: ReferenceMap,
        on_changed: Callable[[ReferenceMap], None],
        warn: Callable[[str], object],
        period_s: float = PERIOD_S,
    ) -> None:
        """Start to watch.

        Args:
            reference_map: the map in use.
            on_changed: called by the thread with the new map, open and checked.
            warn: called once for each change that leaves no usable map; the map in use stays in use.
            period_s: seconds between checks.
        """
        self._watch = MapWatch(reference_map)
        self._on_changed, self._warn, self._period_s = on_changed, warn, period_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="map_watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop. A map that is being opened is not handed over."""
        self._closed.set()
        if self._thread is not threading.current_thread():
            self._thread.join(10.0)

    def _run(self) -> None:
        told, pause = "", self._period_s
        while not self._closed.wait(pause):
            problem = self._look()
            if problem and problem != told:
                self._warn(problem)
            pause = min(2 * pause, SLOWEST_S) if problem and problem == told else self._period_s
            told = problem

    def _look(self) -> str:
        """Check once. Return what is wrong as text; empty if nothing is. No problem with a map ends the watch."""
        try:
            found = self._watch.look()
            if found is not None and not self._closed.is_set():
                self._on_changed(found)
        except RelocError as error:
            return f"The new map cannot be used; the old one stays in use: {error}"
        except FAULTS as error:
            return f"The new map cannot be used; the old one stays in use: {in_words(error)}"
        return self._watch.problem
