"""Check a folder that a parameter or a service request names, before it is used."""

from __future__ import annotations

from pathlib import Path

from reloc.errors import ConfigError, MapNotFoundError
from reloc.parsing import names
from reloc.parsing.blame import Blame

_MAP = Blame("The map's folder", MapNotFoundError, "Give the folder that 'reloc map build' made")
_CACHE = Blame("The parameter map_cache", ConfigError, "Give a folder that this user may write")


def map_folder(text: str) -> Path:
    """Return the folder of a map. An empty text is refused (Python would take the working directory).

    Raises:
        MapNotFoundError: the text is not a possible path.
    """
    return names.resolved(names.text(text, _MAP), _MAP)


def cache_folder(text: str) -> Path:
    """Return the folder of the map cache; it need not exist.

    Raises:
        ConfigError: the text is not a possible path.
    """
    return names.resolved(names.text(text, _CACHE), _CACHE)
