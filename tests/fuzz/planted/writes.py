"""A reader that writes into the working folder, by code that Python knows nothing of."""

from __future__ import annotations

import ctypes

from fuzz.planted._base import Planted


class Writes(Planted):
    """C's own fopen, as image and database libraries use it."""

    name = "writes"

    def fault(self, data: bytes) -> None:
        """A file of one byte."""
        libc = ctypes.CDLL(None)
        libc.fopen.restype = ctypes.c_void_p
        stream = libc.fopen(b"left-behind", b"w")
        libc.fputc(120, ctypes.c_void_p(stream))
        libc.fclose(ctypes.c_void_p(stream))


TARGET = Writes()
