"""Choose the error that a reader raises for an invalid file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reloc.errors import RelocError

_LONGEST = 80  # characters of a value that a message shows


@dataclass(frozen=True, slots=True)
class Blame:
    """The name, the error class and the fix for what is being read."""

    where: str  # a file, or other input, by a name that the user knows
    error: type[RelocError]
    fix: str  # what to do about it
    missing: type[RelocError] | None = None  # raised if there is no file; None: ``error``
    verdict: str = ""  # the verdict on an invalid file: "is not a manifest"
    part: str = ""  # the current line or field

    def refuse(self, problem: str) -> RelocError:
        """Return the error to raise: ``where``, the verdict, the part, then ``problem``, which begins with a verb."""
        return self.error(self._sentence(problem), self.fix)

    def absent(self) -> RelocError:
        """Return the error to raise if the file does not exist."""
        return (self.missing or self.error)(self._sentence("is missing"), self.fix)

    def at(self, part: str) -> Blame:
        """Return the same for a part of the file: a line or a field."""
        return replace(self, part=f"{self.part}, {part}" if self.part else part)

    def _sentence(self, problem: str) -> str:
        if self.verdict:
            return f"{self.where} {self.verdict}: {self.part or 'it'} {problem}"
        return f"{self.where}{', ' if self.part else ''}{self.part} {problem}"


def shown(value: object) -> str:
    """Return ``repr`` of any value, cut to a readable length. It never fails, also on integers of a million digits."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # contains an integer of too many digits, or too deep nesting
        return f"a {type(value).__name__} that cannot be printed"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
