"""Sources of images for maps and queries: one file each, with ``PLUGIN = TheClass``."""

NOT_PLUGINS = ("shared",)
