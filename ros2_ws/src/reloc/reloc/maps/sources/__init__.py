"""What maps are built from and queries are read from: one file each, ``PLUGIN = TheClass``."""

NOT_PLUGINS = ("shared",)
