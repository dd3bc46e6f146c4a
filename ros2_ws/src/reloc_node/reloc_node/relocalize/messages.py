"""Convert a search to the messages of the action."""

from __future__ import annotations

from builtin_interfaces.msg import Duration

from reloc.geometry.transforms import inverse
from reloc.trust.gate import State
from reloc_msgs.action import Relocalize
from reloc_node.conversions.poses import NANOSECONDS, to_pose_stamped
from reloc_node.relocalize.search import End, Outcome, Search


def to_feedback(search: Search, now_s: float) -> Relocalize.Feedback:
    """Return the feedback after a look; there must have been one."""
    assert search.last is not None
    look, status = search.last.look, search.last.status
    verdict = look.verdict
    feedback = Relocalize.Feedback(state=status.state, looks=search.looks, last_reason=status.reason)
    feedback.elapsed = _duration(search.elapsed_s(now_s))
    # While SUSPECT, there are two hypotheses: the accepted place, and the place that contradicts it.
    feedback.candidates = int(verdict.hypothesis is not None) + int(verdict.state is State.SUSPECT)
    if verdict.hypothesis is not None and look.base_from_cam is not None:
        map_from_base = verdict.hypothesis.world_from_cam @ inverse(look.base_from_cam)
        feedback.has_best = True
        feedback.best_pose = to_pose_stamped(map_from_base, search.map_frame, verdict.hypothesis.stamp_ns)
        feedback.best_certainty = status.certainty
    return feedback


def to_result(end: End, search: Search | None) -> Relocalize.Result:
    """Return the result; ``search`` is None if it never began. Only a success carries a pose."""
    outcome = getattr(Relocalize.Result, end.outcome.name)
    result = Relocalize.Result(success=end.outcome is Outcome.SUCCEEDED, outcome=outcome, reason=end.reason)
    if search is None or search.best is None:
        return result
    result.evidence = search.best.status
    if search.best.look.verdict.accepted:
        result.certainty = search.best.status.certainty
    if result.success and search.best.fix is not None:
        result.pose = search.best.fix
    return result


def _duration(seconds: float) -> Duration:
    sec, nanosec = divmod(round(seconds * NANOSECONDS), NANOSECONDS)
    return Duration(sec=sec, nanosec=nanosec)
