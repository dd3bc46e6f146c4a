"""What `auto` means on this machine, for all networks: the user says it in the environment variable RELOC_BACKEND."""

from __future__ import annotations

import os

from reloc import plugins
from reloc.backends.backend import ARITHMETIC, AUTO
from reloc.errors import BackendError

FORCE_VARIABLE = "RELOC_BACKEND"
UNMEASURED = "unmeasured"
_BACKENDS = "reloc.backends"


def by_user(backend: str, precision: str) -> tuple[str, str, bool]:
    """Return backend and precision, and whether what is still auto is measured.

    The variable holds `auto` (or nothing), `unmeasured`, NAME or NAME:PRECISION. What a parameter requests stays.

    Raises:
        BackendError: it holds something else.
    """
    told = os.environ.get(FORCE_VARIABLE, "").strip()
    if told in ("", AUTO):
        return backend, precision, True
    if told == UNMEASURED:
        return backend, precision, False
    name, _, arithmetic = told.partition(":")
    if name not in plugins.names(_BACKENDS) or (arithmetic and arithmetic not in ARITHMETIC):
        raise BackendError(
            f"{FORCE_VARIABLE} is {told!r}, which names no backend",
            f"Set it to auto, unmeasured, or one of {', '.join(plugins.names(_BACKENDS))}, with :PRECISION if you wish "
            f"({', '.join(ARITHMETIC)})",
        )
    if backend != AUTO:
        return backend, precision, True
    return name, (arithmetic or precision) if precision == AUTO else precision, True
