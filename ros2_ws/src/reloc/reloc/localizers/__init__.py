"""Localizers: one file or folder for each method. Its ``PLUGIN`` is a :class:`Localizer`.

A localizer whose networks encode a map's references names their class in ``networks``: ``reloc map encode`` finds it
there.
"""

from reloc.localizers.localizer import Localizer

NOT_PLUGINS = ("localizer", "networked")

__all__ = ["Localizer"]
