"""The parts of ``reloc replay``."""
