"""Parts of the panel as HTML. Every text is escaped: names of files and a robot's messages may hold anything.

Names that are stamps in nanoseconds, as frames of bags have them, are shown as times.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from reloc.pages.words import frame_words

_BOX = "padding:0 0.9em 0.5em;font-size:0.85em;line-height:1.45;overflow-wrap:anywhere"


def box(*parts: str) -> str:
    """Return parts of HTML in the panel's margins."""
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def text(value: str) -> str:
    """Return a text without a meaning in HTML."""
    return escape(frame_words(value))


def line(text: str, bold: bool = False, color: str = "") -> str:
    """Return one line."""
    style = ("font-weight:600;" if bold else "") + (f"color:{color};" if color else "")
    return f'<div style="{style}">{escape(frame_words(text))}</div>'


def dot(color: str, text: str) -> str:
    """Return one entry of a legend."""
    mark = f'<span style="display:inline-block;width:0.75em;height:0.75em;border-radius:50%;background:{color}"></span>'
    return f"<div>{mark} {escape(frame_words(text))}</div>"


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of a name and a value."""
    cells = "".join(
        f'<tr><td style="padding-right:0.8em;opacity:0.65;vertical-align:top;white-space:nowrap">{escape(name)}</td>'
        f"<td>{escape(frame_words(value))}</td></tr>"
        for name, value in rows
    )
    return f'<table style="border-collapse:collapse">{cells}</table>'


def scrolled(*parts: str, lines: int = 9) -> str:
    """Return parts that scroll if they are longer than so many lines."""
    return f'<div style="max-height:{lines * 1.45}em;overflow-y:auto">{"".join(parts)}</div>'


def hexadecimal(rgb: tuple[int, int, int]) -> str:
    """Return a color as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)
