"""Commands that this package adds to ``reloc``; ``reloc replay`` is in :mod:`reloc_node.replay`."""
