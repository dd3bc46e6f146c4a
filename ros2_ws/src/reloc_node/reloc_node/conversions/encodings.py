"""The names of the pixel layouts that are known; bags and the node read them by one module, in the core."""

from __future__ import annotations

from reloc.messages.encodings import BAYER, BAYER_16, KNOWN, NV, YUV, bytes_per_pixel

__all__ = ["BAYER", "BAYER_16", "KNOWN", "NV", "YUV", "bytes_per_pixel"]
