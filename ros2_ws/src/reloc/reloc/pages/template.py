"""Fill page templates: one HTML file that refers to no other file."""

from __future__ import annotations

import base64
import math
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from reloc.pages.words import NO_VALUE, bound_words, breakable, frame_words, is_told, plain

_MIME = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def environment(package: str) -> Environment:
    """Return the templates of ``package``, with the common style sheet and filters."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("reloc.pages")]),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["number"] = number
    made.filters["percent"] = percent
    made.filters["frame"] = lambda name: breakable(frame_words(name))
    made.filters["bound"] = bound_words
    made.filters["plain"] = lambda value: breakable(plain(value))
    made.filters["breakable"] = breakable
    made.tests["told"] = is_told
    return made


def number(value: float, digits: int = 3) -> str:
    """Return ``value`` with that many digits; a dash for NaN."""
    return f"{value:.{digits}f}" if math.isfinite(value) else NO_VALUE


def percent(value: float) -> str:
    """Return a share as ``98.0 %``; a dash for NaN."""
    return f"{value * 100:.1f} %" if math.isfinite(value) else NO_VALUE


def picture_uri(file: Path) -> str:
    """Return an image file (SVG, PNG, JPEG) as a ``data:`` address."""
    return f"data:{_MIME[file.suffix.lower()]};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
