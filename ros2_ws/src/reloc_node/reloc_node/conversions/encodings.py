"""The names of the known pixel layouts. Bags and the node use the same module of the core to read them."""

from __future__ import annotations

from reloc.messages.encodings import BAYER, BAYER_16, KNOWN, NV, YUV, bytes_per_pixel

__all__ = ["BAYER", "BAYER_16", "KNOWN", "NV", "YUV", "bytes_per_pixel"]
