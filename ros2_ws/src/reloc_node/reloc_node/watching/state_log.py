"""Log every change of the localizer's state with its reason."""

from __future__ import annotations

from reloc.trust.verdict import State
from reloc_node.conversions.status import reason
from reloc_node.look import FrameLook
from reloc_node.node_log import NodeLog

_WORSE = frozenset({State.LOST, State.SUSPECT})


class StateLog:
    """Log state changes. The worker's thread passes each look."""

    def __init__(self, log: NodeLog) -> None:
        self._log = log
        self._state: State | None = None

    def take(self, look: FrameLook) -> None:
        """Log the state if it differs from the state before."""
        state, before = look.verdict.state, self._state
        if state is before:
            return
        self._state = state
        text = f"State {state.name}" + (f" (was {before.name})" if before else "") + f": {self._why(look)}"
        if state in _WORSE:
            self._log.warning(text)
        else:
            self._log.info(text)

    def _why(self, look: FrameLook) -> str:
        verdict = look.verdict
        if not verdict.accepted:
            return ": ".join(word for word in reason(look) if word)
        text = "a pose was accepted"
        if look.answer.support is not None:
            text += f", {look.answer.support.inliers} inliers"
        return text + (f", certainty {verdict.certainty:.4g}" if verdict.certainty else "")
