"""Notice that the folder of a map in use now holds another map, and open it."""

from __future__ import annotations

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap


class MapWatch:
    """Watch one map in use. Do not call it from several threads at once.

    The map in use stays in use until the folder holds another *complete* map. While one is being copied, or after a
    deletion, :attr:`problem` says so.
    """

    def __init__(self, reference_map: ReferenceMap) -> None:
        self._map = reference_map
        self._tried = ""
        self.problem = ""

    def look(self) -> ReferenceMap | None:
        """Return the map that replaced the one in use; None if there is no other, or it is not complete yet.

        It is cheap if nothing changed. Otherwise it hashes all files, so call it where that may take time.
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
