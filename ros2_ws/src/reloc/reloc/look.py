"""The result of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reloc.datatypes import Answer
from reloc.trust.verdict import State, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """An image that went through the whole system."""

    stamp_ns: int
    answer: Answer  # the method's answer, or the verified or more precise one if the gate asked for it
    verdict: Verdict
    stage_ms: Mapping[str, float]  # in the order the stages ran

    @property
    def accepted(self) -> bool:
        """Whether the answer may be used as the camera's pose."""
        return self.verdict.accepted

    @property
    def state(self) -> State:
        """The gate's state after this look."""
        return self.verdict.state
