"""Backends that run networks: a file or folder each, imported only when chosen. ``PLUGIN`` is a `Backend`."""

from reloc.backends.backend import ARITHMETIC, Availability, Backend, Session

NOT_PLUGINS = (
    "backend", "cache_folder", "choice", "feeding", "forced", "hardware", "interface", "lanes", "measured",
    "network_file",
)  # fmt: skip

__all__ = ["ARITHMETIC", "Availability", "Backend", "Session"]
