"""A map as other tools read it: one file for each format, with ``PLUGIN = TheClass``."""

NOT_PLUGINS = ("export", "shared")
