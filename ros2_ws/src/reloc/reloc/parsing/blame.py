"""Which error a reader raises when its file is not what it should be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.errors import RelocError

_LONGEST = 80  # characters of a value that a message shows


@dataclass(frozen=True, slots=True)
class Blame:
    """The name, the error class and the fix of whatever is being read."""

    where: str  # a file, or what else is read, as a person knows it
    error: type[RelocError]
    fix: str  # what to do about it
    missing: type[RelocError] | None = None  # raised where there is no file; None: ``error``
    verdict: str = ""  # what a file that does not fit is: "is no manifest"
    part: str = ""  # the line or field that is looked at

    def refuse(self, problem: str) -> RelocError:
        """The error to raise: ``where``, the verdict, the part, then ``problem``, which begins with a verb."""
        return self.error(self._sentence(problem), self.fix)

    def absent(self) -> RelocError:
        """The error to raise where the file does not exist."""
        return (self.missing or self.error)(self._sentence("is missing"), self.fix)

    def at(self, part: str) -> Blame:
        """The same for a part of the file: a line, a field."""
        return replace(self, part=f"{self.part}, {part}" if self.part else part)

    def _sentence(self, problem: str) -> str:
        if self.verdict:
            return f"{self.where} {self.verdict}: {self.part or 'it'} {problem}"
        return f"{self.where}{', ' if self.part else ''}{self.part} {problem}"


def shown(value: object) -> str:
    """``repr`` of any value, cut to what a person reads; it never fails, also on integers of a million digits."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of too many digits inside, or too deep
        return f"a {type(value).__name__} that cannot be printed"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
