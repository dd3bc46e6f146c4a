"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CheckState(Enum):
    """How a finding is to be taken."""

    OK = "ok"
    ABSENT = "absent"  # optional, and not there
    PROBLEM = "problem"  # there but broken, or needed and not there


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report."""

    group: str
    name: str
    state: CheckState
    detail: str  # version, or what was seen
    use: str = ""  # what it is for, or what is used in its stead
    fix: str = ""  # a command line, where there is something to do
    essential: bool = False  # without it reloc does not work at all

    def to_dict(self) -> dict[str, str | bool]:
        """For JSON."""
        return {
            "group": self.group,
            "name": self.name,
            "state": self.state.value,
            "detail": self.detail,
            "use": self.use,
            "fix": self.fix,
            "essential": self.essential,
        }
