"""What runs a network, a file or folder each, imported only when it is chosen. ``PLUGIN`` is a `Backend`."""

from reloc.backends.backend import ARITHMETIC, Availability, Backend, Session

NOT_PLUGINS = ("backend", "choice", "feeding", "hardware", "interface", "lanes", "network_file")

__all__ = ["ARITHMETIC", "Availability", "Backend", "Session"]
