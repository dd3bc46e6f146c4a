"""The tree of frames: find the way between two of them, and the transform along it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from tf2_ros import rigid
from tf2_ros.exceptions import (
    ConnectivityException,
    ExtrapolationException,
    InvalidArgumentException,
    LookupException,
)
from tf2_ros.frame_history import MovingHistory, Sample, StaticHistory
from tf2_ros.rigid import Rigid

MAX_DEPTH = 1000


class FrameTree:
    """Every frame's history, by name. Safe to use from several threads."""

    def __init__(self, keep_ns: int) -> None:
        self._keep_ns = keep_ns
        self._histories: dict[str, StaticHistory | MovingHistory] = {}
        self._known: dict[str, None] = {}  # also roots, in the order they were first heard of
        self._authorities: dict[str, str] = {}
        self._lock = threading.RLock()

    def insert(self, child: str, sample: Sample, authority: str, *, is_static: bool) -> bool:
        """Add a sample; False where it is too old. A frame that turns static or moving starts anew."""
        with self._lock:
            history = self._histories.get(child)
            if history is None or history.is_static != is_static:
                history = StaticHistory() if is_static else MovingHistory(self._keep_ns)
                self._histories[child] = history
            self._known.setdefault(child)
            self._known.setdefault(sample.parent)
            if not history.insert(sample):
                return False
            self._authorities[child] = authority
            return True

    def clear(self) -> None:
        """Forget everything that moves."""
        with self._lock:
            for history in self._histories.values():
                history.clear()

    @property
    def size(self) -> int:
        """How many frames were ever heard of."""
        return len(self._known)

    def names(self) -> list[str]:
        """All frames ever heard of."""
        with self._lock:
            return list(self._known)

    def __contains__(self, frame: str) -> bool:
        with self._lock:
            return frame in self._known

    def histories(self) -> list[tuple[str, StaticHistory | MovingHistory, str]]:
        """Name, history and authority of each frame that has a parent."""
        with self._lock:
            return [(n, h, self._authorities.get(n, "no recorded authority")) for n, h in self._histories.items()]

    def lookup(self, target: str, source: str, stamp_ns: int) -> tuple[int, Rigid]:
        """Time and ``target_from_source``; time 0 asks for the latest that all on the way have.

        Raises:
            InvalidArgumentException: an empty name, or one that begins with a slash.
            LookupException: an unknown frame, or a loop.
            ConnectivityException: nothing connects the two.
            ExtrapolationException: no data at that time.
        """
        with self._lock:
            if target == source:
                history = self._histories.get(target)
                newest = history.latest[0] if history is not None and stamp_ns == 0 else stamp_ns
                return newest, rigid.IDENTITY
            self.check("target_frame", target)
            self.check("source_frame", source)
            if stamp_ns == 0:
                stamp_ns = self.latest_common_time(target, source)
            return stamp_ns, self._along(target, source, stamp_ns)

    def check(self, argument: str, frame: str) -> None:
        """Raise unless the frame is known and its name a good one."""
        if not frame or frame.startswith("/"):
            why = "cannot start with a '/'" if frame else "cannot be empty"
            raise InvalidArgumentException(
                f'Invalid argument "{frame}" passed to lookupTransform argument {argument} - in tf2 frame_ids {why}'
            )
        if frame not in self:
            raise LookupException(f'"{frame}" passed to lookupTransform argument {argument} does not exist. ')

    def latest_common_time(self, target: str, source: str) -> int:
        """The newest time in nanoseconds that every frame on the way has; 0 where none of them moves."""
        with self._lock:
            if target == source:
                history = self._histories.get(source)
                return history.latest[0] if history else 0
            up_from_source = {source: 0} | dict(self._newest_upwards(source))
            if target in up_from_source:
                return up_from_source[target]
            for parent, oldest in self._newest_upwards(target):
                if parent in up_from_source:
                    return _earlier(oldest, up_from_source[parent])
            raise ConnectivityException(_unconnected(target, source))

    def _newest_upwards(self, frame: str) -> Iterator[tuple[str, int]]:
        """Each ancestor, and the newest time that all below it have (0: any)."""
        oldest = 0
        for _ in range(MAX_DEPTH):
            history = self._histories.get(frame)
            if history is None:
                return
            newest, parent = history.latest
            if not parent:
                return
            oldest = _earlier(oldest, newest)
            yield parent, oldest
            frame = parent
        raise LookupException(self._loop())

    def _along(self, target: str, source: str, stamp_ns: int) -> Rigid:
        """``target_from_source`` at a time: up from the source, up from the target, until they meet."""
        source_gaps: list[ExtrapolationException] = []
        ancestor_from_source = {source: rigid.IDENTITY}
        for parent, parent_from_source in self._upwards(source, stamp_ns, source_gaps.append):
            ancestor_from_source[parent] = parent_from_source
            if parent == target:
                return parent_from_source
        if target in ancestor_from_source:
            return ancestor_from_source[target]
        target_gaps: list[ExtrapolationException] = []
        for parent, parent_from_target in self._upwards(target, stamp_ns, target_gaps.append):
            if parent in ancestor_from_source:
                return rigid.compose(rigid.inverse(parent_from_target), ancestor_from_source[parent])
        for gap in target_gaps + source_gaps:
            raise ExtrapolationException(
                f"{gap}, when looking up transform from frame [{source}] to frame [{target}]"
            ) from None
        raise ConnectivityException(_unconnected(target, source))

    def _upwards(
        self, frame: str, stamp_ns: int, on_gap: Callable[[ExtrapolationException], None]
    ) -> Iterator[tuple[str, Rigid]]:
        """Each ancestor and ``ancestor_from_frame``, until the root or a frame without data at that time."""
        total = rigid.IDENTITY
        for _ in range(MAX_DEPTH):
            history = self._histories.get(frame)
            if history is None:
                return
            try:
                sample = history.at(stamp_ns)
            except ExtrapolationException as gap:  # the two may meet below it all the same
                on_gap(gap)
                return
            total = rigid.compose(sample.parent_from_frame, total)
            frame = sample.parent
            yield frame, total
        raise LookupException(self._loop())

    def _loop(self) -> str:
        return "The tf tree is invalid because it contains a loop.\n" + self.as_string()

    def as_string(self) -> str:
        """One line a frame."""
        lines = [f"Frame {name} exists with parent {h.latest[1] or 'NO_PARENT'}.\n" for name, h, _ in self.histories()]
        return "".join(lines)


def _earlier(a: int, b: int) -> int:
    """The smaller of two times where 0 means any."""
    return min(a, b) if a and b else a or b


def _unconnected(target: str, source: str) -> str:
    return (
        f"Could not find a connection between '{target}' and '{source}' because they are not part of the same tree."
        "Tf has two or more unconnected trees."
    )
