"""Check the signature of a map in the cache. It uses no ROS."""

from __future__ import annotations

from collections.abc import Callable

from reloc.errors import MapSignatureError
from reloc.maps.reference_map import ReferenceMap


def signed_or_removed(found: ReferenceMap, public_key: str, remove: Callable[[], object]) -> ReferenceMap:
    """Return ``found``, opened again with its signature checked; without a key, return it unchanged.

    A map that is not signed by the key is removed with ``remove``, so that it is fetched again once it is signed.

    Raises:
        MapSignatureError: the map is not signed by the key, or the key is invalid.
        MapError: the map's files are not those that were signed.
    """
    if not public_key:
        return found
    try:
        return ReferenceMap.open(found.path, public_key=public_key, memory_limit_mb=found.memory_limit_mb)
    except MapSignatureError:
        remove()
        raise
