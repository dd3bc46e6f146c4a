"""A reader that never ends."""

from __future__ import annotations

import time

from fuzz.planted._base import Planted


class Hangs(Planted):
    """It waits."""

    name = "hangs"

    def fault(self, data: bytes) -> None:
        """For ever."""
        while True:
            time.sleep(1)


TARGET = Hangs()
