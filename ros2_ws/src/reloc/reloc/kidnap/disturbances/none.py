"""A kidnap without any disturbance."""

from __future__ import annotations

from reloc.kidnap.disturbance import Disturbance

PLUGIN = Disturbance
