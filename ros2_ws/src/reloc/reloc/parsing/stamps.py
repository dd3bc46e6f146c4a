"""Read time stamps in decimal seconds as whole nanoseconds."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation

from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import LARGEST

_SECONDS = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_IN_NAME = re.compile(r"([0-9]{1,10})\.([0-9]{1,9})")  # 1305031102.175304.png
_NS_IN_NAME = re.compile(r"[0-9]{16,19}")  # 1403636579763555584.png
_LONGEST = 100  # characters
_EXACT = Context(prec=200, Emax=2000, Emin=-2000)


def seconds_to_ns(text: str, blame: Blame) -> int:
    """Return the nanoseconds of a number of seconds such as ``1305031102.175304`` or ``1.305031102175304000e+09``.

    A float would lose the last digits. Fractions of a nanosecond are cut off.

    Raises:
        RelocError: the error class of ``blame``; it is not a number, or is too large for seconds.
    """
    word = text.strip()
    if len(word) > _LONGEST or not _SECONDS.fullmatch(word):
        raise blame.refuse(f"is {shown(text)}: a time stamp in seconds is expected")
    try:
        exact = _EXACT.scaleb(Decimal(word), 9)
        stamp = int(exact.to_integral_value(rounding=ROUND_DOWN, context=_EXACT)) if exact < 2**63 else 2**63
    except (InvalidOperation, ArithmeticError):
        stamp = LARGEST + 1
    if abs(stamp) > LARGEST:
        raise blame.refuse(f"is {shown(text)}: a time stamp in seconds is expected; in nanoseconds, divide by 1e9")
    return stamp


def stamp_in_name(stem: str) -> int | None:
    """Return the nanoseconds that a file's name without suffix gives: seconds with a fraction, or nanoseconds.

    None if it gives none: a short whole number counts images.
    """
    if match := _IN_NAME.fullmatch(stem):
        return int(match[1]) * 10**9 + int(match[2].ljust(9, "0"))
    return int(stem) if _NS_IN_NAME.fullmatch(stem) and int(stem) <= LARGEST else None
