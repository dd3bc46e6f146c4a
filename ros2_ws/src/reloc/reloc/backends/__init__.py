"""What runs a network, one file each: found by name, imported only when it is chosen. ``PLUGIN`` is a `Backend`."""

from reloc.backends.backend import ARITHMETIC, Availability, Backend, Session

NOT_PLUGINS = ("backend", "choice", "feeding")

__all__ = ["ARITHMETIC", "Availability", "Backend", "Session"]
