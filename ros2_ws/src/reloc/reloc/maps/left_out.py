"""Bad items of a source: left out, counted by kind, and refused above a share."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reloc.errors import RelocError

T = TypeVar("T")
ONE_OF = 5  # of this many items and more, one bad item never costs the source


@dataclass(slots=True)
class _Kind:
    count: int
    first: RelocError


class LeftOut:
    """The bad items of one stream: a topic, a file, a transform.

    Args:
        what: the items, in the plural, as a person knows them: ``images on /cam/image_raw``.
        max_bad: share of bad items that is left out, in percent.
    """

    def __init__(self, what: str, max_bad: float) -> None:
        self.what, self._max_bad = what, max_bad
        self._kinds: dict[str, _Kind] = {}

    @property
    def count(self) -> int:
        """Bad items so far."""
        return sum(kind.count for kind in self._kinds.values())

    def add(self, kind: str, error: RelocError, count: int = 1) -> None:
        """Count a bad item.

        Args:
            kind: what is wrong, a few words that follow a number: ``not finite``.
            error: what reading it alone would have raised; its message says where the item is.
            count: how many items it stands for.
        """
        known = self._kinds.setdefault(kind, _Kind(0, error))
        known.count += count

    def attempt(self, kind: str, read: Callable[[], T]) -> T | None:
        """What ``read`` returns; None, and one more bad item, where it raises a RelocError."""
        try:
            return read()
        except RelocError as error:
            self.add(kind, error)
            return None

    def allowed(self, total: int) -> int:
        """How many of ``total`` items may be bad."""
        least = 1 if total >= ONE_OF and self._max_bad > 0 else 0
        return min(max(least, math.floor(total * self._max_bad / 100 + 1e-9)), max(total - 1, 0))

    def check(self, total: int) -> None:
        """Refuse the stream if too many of its ``total`` items are bad.

        Raises:
            RelocError: the first bad item's class, with the counts of each kind.
        """
        if self.count <= self.allowed(total):
            return
        first = next(iter(self._kinds.values())).first
        if self.count == total == 1:
            raise first
        problem = f"{self.count} of {total} {self.what} cannot be used ({self._counts()}). First: {first.problem}"
        if self.count >= total:
            raise type(first)(problem, first.fix)
        needed = math.ceil(1000 * self.count / total) / 10
        fix = f"At most {self._max_bad:g} % are left out. --max-bad {needed:g} leaves these out, too"
        raise type(first)(problem, f"{first.fix.rstrip('.')}. {fix}" if first.fix else fix)

    def note(self, total: int) -> str:
        """One line for the notes of a source; empty where nothing was left out."""
        if not self.count:
            return ""
        first = next(iter(self._kinds.values())).first
        return f"{self.count} of {total} {self.what} left out: {self._counts()}. First: {first.problem}"

    def _counts(self) -> str:
        return ", ".join(f"{kind.count} {name}" for name, kind in self._kinds.items())


def longest_rising(stamps: Sequence[int]) -> list[int]:
    """Indices of the longest part of ``stamps`` that rises strictly; what is not in it is the least that is wrong.

    One stamp far in the future costs itself alone, not all that follow it.
    """
    tails: list[int] = []  # index of the smallest end of a rising part of each length
    values: list[int] = []
    before = [-1] * len(stamps)
    for i, stamp in enumerate(stamps):
        at = bisect_left(values, stamp)
        before[i] = tails[at - 1] if at else -1
        if at == len(tails):
            tails.append(i)
            values.append(stamp)
        else:
            tails[at], values[at] = i, stamp
    chain: list[int] = []
    at = tails[-1] if tails else -1
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]
