"""``reloc models``: a file for each of its commands."""

from reloc.cli.models.command import register

__all__ = ["register"]
