"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class CheckState(Enum):
    """The severity of a finding."""

    OK = "ok"
    ABSENT = "absent"  # optional and missing
    PROBLEM = "problem"  # broken, or required and missing


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report."""

    group: str
    name: str
    state: CheckState
    detail: str  # version, or observation
    use: str = ""  # its purpose, or what is used instead
    fix: str = ""  # a command line, if there is something to do
    essential: bool = False  # reloc does not work without it

    def to_dict(self) -> dict[str, str | bool]:
        """Return it for JSON."""
        return {
            "group": self.group,
            "name": self.name,
            "state": self.state.value,
            "detail": self.detail,
            "use": self.use,
            "fix": self.fix,
            "essential": self.essential,
        }
