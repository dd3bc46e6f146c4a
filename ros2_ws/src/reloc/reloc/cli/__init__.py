"""The command ``reloc``: one file a sub-command, see ``main``."""
