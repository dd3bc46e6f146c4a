"""What maps are built from and queries are read from: one file each, ``PLUGIN = TheClass``.

A Python file cannot begin with a digit, so two data sets go by another name than their file.
"""

ALIASES = {"7scenes": "seven_scenes", "12scenes": "twelve_scenes"}
NOT_PLUGINS = ("shared",)
