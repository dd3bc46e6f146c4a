"""``reloc map``: a file for each of its commands; ``command`` holds ``build`` and ``info``."""

from reloc.cli.map.command import register

__all__ = ["register"]
