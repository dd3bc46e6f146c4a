"""What becomes of a map in the cache that must be signed. No ROS in here."""

from __future__ import annotations

import shutil

from reloc.errors import MapSignatureError
from reloc.maps.reference_map import ReferenceMap


def signed_or_removed(found: ReferenceMap, public_key: str) -> ReferenceMap:
    """Return ``found``, opened again with its signature checked; without a key, as it is.

    A map that is not signed by the key is removed from the cache, so that it is fetched anew once the server's is.

    Raises:
        MapSignatureError: it is not signed by the key, or that is no key.
        MapError: its files are not those that were signed.
    """
    if not public_key:
        return found
    try:
        return ReferenceMap.open(found.path, public_key=public_key)
    except MapSignatureError:
        shutil.rmtree(found.path, ignore_errors=True)
        raise
