"""The command ``reloc``: one file or folder a sub-command, see ``main``."""

NOT_COMMANDS = ("main", "output", "parsing")
