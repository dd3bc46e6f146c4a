"""The folder in which a backend keeps what it compiled."""

from __future__ import annotations

from pathlib import Path

from reloc.errors import ConfigError
from reloc.parsing import names
from reloc.parsing.blame import Blame


def cache_folder(cache: str) -> Path:
    """Return the folder that the parameter ``cache`` names.

    Raises:
        ConfigError: it is not a path, or names the home folder of a user who does not exist.
    """
    return names.expanded(
        cache, Blame("The parameter cache", ConfigError, "Give a folder, such as ~/.cache/reloc/engines")
    )
