"""Looks every two seconds whether the folder of the map in use holds another map, and hands that over."""

from __future__ import annotations

import threading
from collections.abc import Callable

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.watch import MapWatch

PERIOD_S = 2.0
SLOWEST_S = 32.0  # between attempts to open what cannot be opened


class MapWatcher:
    """A thread beside the node's own, since a new map is hashed before it is used."""

    def __init__(
        self,
        reference_map: ReferenceMap,
        on_changed: Callable[[ReferenceMap], None],
        warn: Callable[[str], object],
        period_s: float = PERIOD_S,
    ) -> None:
        """Begin to watch.

        Args:
            reference_map: the map in use.
            on_changed: called by the thread with the map that took its place, open and checked.
            warn: told once of each change that leaves no map that can be used; the map in use stays in use.
            period_s: time between looks.
        """
        self._watch = MapWatch(reference_map)
        self._on_changed, self._warn, self._period_s = on_changed, warn, period_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="map_watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a map that is being opened is not handed over."""
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
        """Look once; what is wrong, or empty. Nothing that goes wrong with one map ends the watch."""
        try:
            found = self._watch.look()
            if found is not None and not self._closed.is_set():
                self._on_changed(found)
        except RelocError as error:
            return f"The map was replaced by one that cannot be used: {error}"
        except Exception as error:
            return f"The map was replaced by one that cannot be used: {type(error).__name__}: {error}"
        return self._watch.problem
