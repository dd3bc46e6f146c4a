"""Numbers from text and from JSON: finite, bounded, in ASCII digits."""

from __future__ import annotations

import math
import re

from reloc.parsing.blame import Blame, shown

LARGEST = 2**63 - 1  # what numpy, ROS and every file format here can hold
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_LONGEST = 400  # characters: more than any float64 needs
# What C libraries print for numbers that are none; Microsoft's write -1.#INF, 1.#QNAN, -1.#IND00.
_NO_NUMBER = re.compile(r"[+-]?(inf|infinity|nan(\([a-z0-9_]*\))?|1\.#(inf|qnan|snan|ind|nan)[0-9]*)", re.IGNORECASE)


def real(text: str, blame: Blame) -> float:
    """A finite number from text such as ``-1.25e-3``.

    Raises:
        RelocError: the blame's; another script's digits, an underscore, infinity and NaN are refused, too.
    """
    value = real_or_not_finite(text, blame)
    if not math.isfinite(value):
        raise blame.refuse(f"is {shown(text)}: a finite number is expected")
    return value


def real_or_not_finite(text: str, blame: Blame) -> float:
    """The same where infinity and NaN have a meaning (a pose that was lost), in any C library's spelling.

    Raises:
        RelocError: the blame's; it is no number.
    """
    word = text.strip()
    if len(word) <= _LONGEST:
        if _REAL.fullmatch(word):
            return float(word)
        if _NO_NUMBER.fullmatch(word):
            infinite = "inf" in word.lower()
            return (-math.inf if word.startswith("-") else math.inf) if infinite else math.nan
    raise blame.refuse(f"is {shown(text)}: a number is expected")


def whole(text: str, blame: Blame, low: int = -LARGEST - 1, high: int = LARGEST) -> int:
    """An integer from text, ``low`` to ``high``.

    Raises:
        RelocError: the blame's; it is none, or outside.
    """
    word = text.strip()
    if _WHOLE.fullmatch(word) and low <= int(word) <= high:
        return int(word)
    raise blame.refuse(f"is {shown(text)}: an integer {_range(low, high)} is expected")


def as_real(value: object, blame: Blame) -> float:
    """A finite float of a number that JSON or a message gave; texts and booleans are none.

    Raises:
        RelocError: the blame's.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            if math.isfinite(number := float(value)):
                return number
        except OverflowError:  # 10**400
            pass
    raise blame.refuse(f"is {shown(value)}: a finite number is expected")


def as_whole(value: object, blame: Blame, low: int = -LARGEST - 1, high: int = LARGEST) -> int:
    """An integer of a number that JSON or a message gave, ``low`` to ``high``; 640.0 is one, "640" and true are not.

    Raises:
        RelocError: the blame's.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        integral = isinstance(value, int) or value.is_integer()
        if integral and low <= value <= high:
            return int(value)
    raise blame.refuse(f"is {shown(value)}: an integer {_range(low, high)} is expected")


def _range(low: int, high: int) -> str:
    if low <= -LARGEST and high >= LARGEST:
        return "of at most 64 bits"
    return f"of at least {low}" if high >= LARGEST else f"from {low} to {high}"
