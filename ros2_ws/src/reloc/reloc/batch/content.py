"""The content hash of an item's results: equal for equal results, whenever and wherever they were computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reloc.maps import layout
from reloc.maps.manifest import Manifest

RESULT = "item.json"  # what came of the item; holds the hash

# What differs from run to run although the results are equal: measured times, and the machine.
_VARYING = frozenset(
    ("ms", "stage_ms", "stage_p50_ms", "time_p50_ms", "time_p99_ms", "median_ms", "cpu", "versions", "map")
)


def content_hash(folder: Path) -> str:
    """Return the hash (64 hexadecimal digits) of the maps and the JSON files in a folder.

    A map counts by its own content hash. JSON counts without measured times, the processor, versions, and the map's
    path. Pages and pictures do not count: they show the same figures.

    Raises:
        MapError: a map in it is not complete.
    """
    found = hashlib.sha256()
    for name, digest in sorted(_parts(folder).items()):
        found.update(f"{name} {digest}\n".encode())
    return found.hexdigest()


def _parts(folder: Path) -> dict[str, str]:
    maps = {file.parent for file in folder.rglob(layout.MANIFEST)}
    parts = {path.relative_to(folder).as_posix(): Manifest.load(path).content_hash for path in maps}
    for file in folder.rglob("*.json"):
        if file != folder / RESULT and not maps.intersection(file.parents):
            values = json.dumps(_lasting(json.loads(file.read_text())), sort_keys=True)
            parts[file.relative_to(folder).as_posix()] = hashlib.sha256(values.encode()).hexdigest()
    return parts


def _lasting(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lasting(entry) for key, entry in value.items() if key not in _VARYING}
    if isinstance(value, list):
        return [_lasting(entry) for entry in value]
    return value
