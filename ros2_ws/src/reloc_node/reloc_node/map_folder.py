"""A folder that a parameter or a service request names, before anything is looked up in it."""

from __future__ import annotations

from pathlib import Path

from reloc.errors import ConfigError, MapNotFoundError
from reloc.parsing import names
from reloc.parsing.blame import Blame

_MAP = Blame("The map's folder", MapNotFoundError, "Give the folder that 'reloc map build' made")
_CACHE = Blame("The parameter map_cache", ConfigError, "Give a folder that this user may write")


def map_folder(text: str) -> Path:
    """Return the folder of a map; an empty text names none (to Python it is the working directory).

    Raises:
        MapNotFoundError: the text can be no folder's path.
    """
    return names.resolved(names.text(text, _MAP), _MAP)


def cache_folder(text: str) -> Path:
    """Return the folder of the map cache; it need not exist.

    Raises:
        ConfigError: the text can be no folder's path.
    """
    return names.resolved(names.text(text, _CACHE), _CACHE)
