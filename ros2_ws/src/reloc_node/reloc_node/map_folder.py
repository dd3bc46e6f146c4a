"""A folder that a person or a service request names, before anything is opened in it."""

from __future__ import annotations

import stat
from pathlib import Path

from reloc.errors import ConfigError, MapNotFoundError, RelocError
from reloc.maps import layout
from reloc_node.node_log import shown

LONGEST = 4095  # bytes of a path that Linux takes


def map_folder(text: str) -> Path:
    """Return the folder of a map that can be opened without waiting for ever.

    Raises:
        MapNotFoundError: the text names no folder, or its manifest is no regular file.
    """
    folder = _resolved(text, MapNotFoundError, "Give the folder that 'reloc map build' made")
    if not folder.name:
        raise MapNotFoundError("/ is no map", "Give the folder that 'reloc map build' made")
    manifest = folder / layout.MANIFEST
    try:
        mode = manifest.stat().st_mode
    except (OSError, ValueError):
        return folder  # opening it says what is missing
    if not stat.S_ISREG(mode):
        raise MapNotFoundError(f"{shown(str(manifest), 200)} is no regular file", "Build the map again")
    return folder


def cache_folder(text: str) -> Path:
    """Return the folder of the map cache; it need not exist.

    Raises:
        ConfigError: the text names no folder.
    """
    return _resolved(text, ConfigError, "Set the parameter map_cache")


def _resolved(text: str, error: type[RelocError], fix: str) -> Path:
    if not text:
        raise error("The path of the folder is empty", fix)
    if len(text) > LONGEST or "\0" in text:
        raise error(f"No folder can have the path {shown(text)}", fix)
    try:
        return Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as reason:  # no such user, links in a circle, no UTF-8
        raise error(f"No folder at {shown(text, 200)}: {shown(str(reason), 200)}", fix) from reason
