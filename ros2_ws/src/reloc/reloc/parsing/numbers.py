"""Read numbers from text and from JSON: finite, bounded, in ASCII digits."""

from __future__ import annotations

import math
import re

from reloc.parsing.blame import Blame, shown

LARGEST = 2**63 - 1  # largest integer of numpy, ROS and every file format here
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_REAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_LONGEST = 400  # characters: more than any float64 needs
# What C libraries print for values that are not numbers; Microsoft's write -1.#INF, 1.#QNAN, -1.#IND00.
_NO_NUMBER = re.compile(r"[+-]?(inf|infinity|nan(\([a-z0-9_]*\))?|1\.#(inf|qnan|snan|ind|nan)[0-9]*)", re.IGNORECASE)


def real(text: str, blame: Blame) -> float:
    """Return a finite number from text such as ``-1.25e-3``.

    Raises:
        RelocError: the error class of ``blame``; also for another script's digits, underscores, infinity and NaN.
    """
    value = real_or_not_finite(text, blame)
    if not math.isfinite(value):
        raise blame.refuse(f"is {shown(text)}: a finite number is expected")
    return value


def real_or_not_finite(text: str, blame: Blame) -> float:
    """Return a number that may be infinity or NaN (a lost pose), in any C library's spelling.

    Raises:
        RelocError: the error class of ``blame``; it is not a number.
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
    """Return an integer from text, ``low`` to ``high``.

    Raises:
        RelocError: the error class of ``blame``; it is not an integer, or out of range.
    """
    word = text.strip()
    if _WHOLE.fullmatch(word) and low <= int(word) <= high:
        return int(word)
    raise blame.refuse(f"is {shown(text)}: an integer {_range(low, high)} is expected")


def as_real(value: object, blame: Blame) -> float:
    """Return a finite float of a number from JSON or a message; texts and booleans are refused.

    Raises:
        RelocError: the error class of ``blame``.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            if math.isfinite(number := float(value)):
                return number
        except OverflowError:  # 10**400
            pass
    raise blame.refuse(f"is {shown(value)}: a finite number is expected")


def as_whole(value: object, blame: Blame, low: int = -LARGEST - 1, high: int = LARGEST) -> int:
    """Return an integer of a number from JSON or a message, ``low`` to ``high``; 640.0 is one, "640" and true are not.

    Raises:
        RelocError: the error class of ``blame``.
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
