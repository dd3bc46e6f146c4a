"""Values as a person reads them: no nanoseconds, no Python lists, and breaks only between parts of a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

NO_VALUE = "–"
_STAMP = re.compile(r"(?<![0-9])[0-9]{19}(?![0-9])")  # a frame of a bag is named by its stamp in nanoseconds
_CLOCK_FROM_NS = 10**18  # an earlier stamp counts from a start: a simulation's or a video's
_BREAKS = re.compile(r"(?<=[/_=])")


def frame_words(name: str) -> str:
    """Return a frame's name with stamps in nanoseconds as a time: ``2023-11-14 22:13:20.123``, or ``12.346 s``."""
    return _STAMP.sub(lambda match: _time(int(match[0])), name)


def _time(stamp_ns: int) -> str:
    if stamp_ns < _CLOCK_FROM_NS:
        return f"{stamp_ns * 1e-9:.3f} s"
    when = datetime.fromtimestamp(stamp_ns // 10**9, UTC)
    return f"{when:%Y-%m-%d %H:%M:%S}.{stamp_ns % 10**9 // 10**6:03d}"


def bound_words(name: str) -> str:
    """Return the name of a bound on errors, ``5cm_5deg``, as ``5 cm, 5°``."""
    return re.sub(r"([0-9])(cm|m)\b", r"\1 \2", name.replace("_", ", ").replace("deg", "°"))


def plain(value: Any) -> str:
    """Return a setting as text: lists joined by commas, yes and no, numbers without needless digits."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(item)}" for name, item in value.items()) or "all defaults"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(plain(item) for item in value) or "none"
    return str(value)


def breakable(text: object) -> Markup:
    """Return the text for HTML; a line may break after a separator of a path or name, not within a word."""
    return Markup("<wbr>").join(_BREAKS.split(str(text)))


def is_told(value: object) -> bool:
    """Return whether a card has something to tell; a dash has not."""
    return value is not None and NO_VALUE not in str(value) and str(value) != ""
