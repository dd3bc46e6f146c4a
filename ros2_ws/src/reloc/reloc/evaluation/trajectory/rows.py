"""One row for each image, with a stamp: the frame's own, or that of its file's name, or its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from reloc.datatypes import Localized
from reloc.evaluation.answering import Answered
from reloc.parsing.stamps import stamp_in_name

OWN, BY_NAME, BY_NUMBER = "the images' own", "by the names of the files", "numbers of the images, counted from 0"


@dataclass(frozen=True, slots=True)
class TrajectoryRow:
    """One image and its answer."""

    name: str
    answered: Answered
    stamp_ns: int | None  # as the source gives it

    @property
    def localized(self) -> Localized | None:
        """Return the pose; None if the image is lost."""
        return self.answered.answer if isinstance(self.answered.answer, Localized) else None


def stamps(rows: Sequence[TrajectoryRow]) -> tuple[list[int], str]:
    """Return a stamp in nanoseconds for each row, and what they are in words.

    Either all rows have stamps of one kind, or all are numbered: kinds are never mixed.
    """
    own = [row.stamp_ns for row in rows]
    if rows and None not in own:
        return [stamp for stamp in own if stamp is not None], OWN
    named = [stamp_in_name(PurePosixPath(row.name).name.rpartition(".")[0]) for row in rows]
    if rows and None not in named and len(set(named)) == len(named):
        return [stamp for stamp in named if stamp is not None], BY_NAME
    return [i * 1_000_000_000 for i in range(len(rows))], BY_NUMBER


def seconds(stamp_ns: int) -> str:
    """Return a stamp in seconds with all its digits."""
    sign = "-" if stamp_ns < 0 else ""
    return f"{sign}{abs(stamp_ns) // 10**9}.{abs(stamp_ns) % 10**9:09d}"
