"""The panel's part that shows what a person clicked: a picture, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reloc.datatypes import UInt8
from reloc.view import words

if TYPE_CHECKING:
    from viser import ViserServer

_NOTHING = np.full((2, 8, 3), 255, np.uint8)


class Selection:
    """One picture and its text."""

    def __init__(self, server: ViserServer, hint: str) -> None:
        with server.gui.add_folder("Selected", order=3.0):
            self._text = server.gui.add_html(words.box(words.line(hint)))
            self._picture = server.gui.add_image(_NOTHING, format="jpeg", jpeg_quality=85, visible=False)
        self.title = ""

    def show(self, title: str, details: str, picture: UInt8 | None) -> None:
        """Show something.

        Args:
            details: HTML of :mod:`reloc.view.words`.
            picture: (H, W, 3) RGB; None hides the picture.
        """
        self.title = title
        self._text.content = words.box(words.line(title, bold=True), details)
        if picture is not None:
            self._picture.image = picture
        self._picture.visible = picture is not None
