"""Localizers: one file a way to answer. A file's ``PLUGIN`` is a :class:`Localizer`."""

from reloc.localizers.localizer import Localizer

NOT_PLUGINS = ("localizer",)

__all__ = ["Localizer"]
