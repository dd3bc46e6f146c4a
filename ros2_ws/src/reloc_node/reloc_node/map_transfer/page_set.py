"""Track which pages of a map are missing, with one bit per page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload


class PageSet(Sequence[int]):
    """A sequence of the missing pages' numbers in ascending order, computed while it is read."""

    def __init__(self, page_count: int, done: bytes | None = None) -> None:
        """Create a set. ``done`` holds bit ``n % 8`` of byte ``n // 8`` for page n; another length is ignored."""
        self.page_count = page_count
        length = self.bytes_for(page_count)
        self._done = bytearray(done) if done is not None and len(done) == length else bytearray(length)
        if page_count % 8 and length:
            self._done[-1] &= (1 << page_count % 8) - 1  # there are no pages after the last one
        self._came = int.from_bytes(self._done, "little").bit_count()

    @staticmethod
    def bytes_for(page_count: int) -> int:
        """Return the length of the bitmap."""
        return -(-page_count // 8)

    @property
    def came(self) -> int:
        """Return the number of received pages."""
        return self._came

    def add(self, number: int) -> int:
        """Mark a page as received; return the byte of the bitmap that changed."""
        at, bit = divmod(number, 8)
        self._came += not self._done[at] >> bit & 1
        self._done[at] |= 1 << bit
        return at

    def byte(self, at: int) -> bytes:
        """Return one byte of the bitmap."""
        return bytes(self._done[at : at + 1])

    def __len__(self) -> int:
        return self.page_count - self._came

    def __iter__(self) -> Iterator[int]:
        return (number for number in range(self.page_count) if number in self)

    def __reversed__(self) -> Iterator[int]:
        return (number for number in reversed(range(self.page_count)) if number in self)

    def __contains__(self, number: object) -> bool:
        return (
            isinstance(number, int) and 0 <= number < self.page_count and not self._done[number // 8] >> number % 8 & 1
        )

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        """Return missing numbers by position; this iterates over all of them."""
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"PageSet({len(self)} of {self.page_count} pages missing)"
