"""Notice that the folder of a map in use holds another map by now, and open that."""

from __future__ import annotations

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap


class MapWatch:
    """Looks after one map in use. Not for several threads at once.

    What is in use stays in use until the folder holds another *whole* map: while one is being copied there, or where
    it was deleted, :attr:`problem` says so.
    """

    def __init__(self, reference_map: ReferenceMap) -> None:
        self._map = reference_map
        self._tried = ""
        self.problem = ""

    def look(self) -> ReferenceMap | None:
        """The map that took the place of the one in use; None where there is no other, or not a whole one yet.

        Cheap where nothing changed; else it hashes all files, so call it where that may take its time.
        """
        change = self._map.changed()
        if not change:
            self.problem = ""
            return None
        try:
            found = self._map.reopen()
        except RelocError as error:
            self.problem = f"{change}; the map in use stays in use: {error}"
            return None
        self.problem = ""
        former, self._map = self._map, found
        same = (found.content_hash, found.head_sha256) == (former.content_hash, former.head_sha256)
        return None if same else found
