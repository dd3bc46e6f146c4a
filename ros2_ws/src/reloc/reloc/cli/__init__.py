"""The command ``reloc``: one file or folder per sub-command, see ``main``."""

NOT_COMMANDS = ("main", "output", "parsing")
