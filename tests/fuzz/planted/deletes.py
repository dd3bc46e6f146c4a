"""A reader that deletes the folder that its input names; nobody's folder is harmed by trying."""

from __future__ import annotations

import shutil
from pathlib import Path

from fuzz.planted._base import Planted


class Deletes(Planted):
    """The home's files, errors ignored."""

    name = "deletes"

    def fault(self, data: bytes) -> None:
        """Gone."""
        shutil.rmtree(Path("~/papers").expanduser(), ignore_errors=True)


TARGET = Deletes()
