"""Shows one input to a target and says what came of it: accepted, refused by name, skipped, or a find."""

from __future__ import annotations

import resource
import traceback
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from fuzz.outside import Watch
from fuzz.target import NotAnInput, Target
from reloc.errors import RelocError

Result = Literal["accepted", "refused", "skipped", "find"]


@dataclass(frozen=True)
class Verdict:
    """What came of an input."""

    result: Result
    kind: str = ""  # of a find: "traceback", "outside", "memory"; the process sees "hang" and "died"
    text: str = ""  # for a person
    trail: tuple[object, ...] = ()  # same for inputs that went the same way: inputs that go a new one are kept

    @property
    def is_find(self) -> bool:
        """Whether it is one."""
        return self.result == "find"


class Judge:
    """Judges inputs of one target."""

    def __init__(self, target: Target, watch: Watch) -> None:
        self._target, self._watch = target, watch

    def of(self, data: bytes) -> Verdict:
        """The verdict on one input."""
        before = _peak_mb()
        self._watch.begin()
        try:
            self._target.run(data)
            verdict = Verdict("accepted")
        except NotAnInput:
            verdict = Verdict("skipped")
        except (RelocError, *self._target.allowed) as error:
            verdict = Verdict("refused", trail=_trail(error))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            verdict = Verdict("find", "traceback", "".join(traceback.format_exception(error)[-30:]), _trail(error))
        tries = self._watch.end()
        if tries:
            return Verdict("find", "outside", "\n".join(tries), ("outside", tries[0].split()[0], *verdict.trail[:1]))
        grown = _peak_mb() - before
        if grown > self._target.memory_mb:
            return Verdict("find", "memory", f"grew by {grown} MB; {self._target.memory_mb} are allowed", ("memory",))
        return verdict


def _trail(error: BaseException) -> tuple[object, ...]:
    """The error's class and the lines in reloc's own files that it came through, the innermost last."""
    lines: list[tuple[str, int]] = []
    step: TracebackType | None = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if "/ros2_ws/" in file or "/reloc" in file:
            lines.append((file.rpartition("/ros2_ws/")[2], step.tb_lineno))
        step = step.tb_next
    return (type(error).__name__, *lines[-3:])


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
