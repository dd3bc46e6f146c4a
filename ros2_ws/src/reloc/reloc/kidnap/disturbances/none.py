"""A kidnap in broad daylight."""

from __future__ import annotations

from reloc.kidnap.disturbance import Disturbance

PLUGIN = Disturbance
