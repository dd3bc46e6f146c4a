"""Transforms of a bag: a tree of frames, static and moving, that can be asked at any time.

As tf2, the tree takes in what it can: a bad transform is left out and counted. Only frames on the way between the two
that are asked for are looked at closely, and refused where too much of them is bad.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.datatypes import Float64
from reloc.errors import BagPoseError, BagTimeError, PoseError
from reloc.geometry import transforms
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.bags.tf_messages import rigid, stamp_ns
from reloc.maps.left_out import LeftOut
from reloc.maps.trajectory import RecordedPath, StampedPose, settle
from reloc.messages.names import frame_name, is_odometry

MAX_BAD = 5.0  # percent
FEW = 5  # a parent, or a circle, that so many times fewer transforms tell of is a fault of theirs


@dataclass(slots=True)
class _Told:
    """What was received of a frame's place in one parent."""

    moving: list[StampedPose] = field(default_factory=list)
    static: list[StampedPose] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """How often it was told; a static transform is told once, for good."""
        return float("inf") if self.static else len(self.moving)


@dataclass(frozen=True, slots=True)
class Edge:
    """The transforms of one frame in its parent."""

    parent: str
    static: bool
    trajectory: RecordedPath  # of a static one, the one pose


class TfTree:
    """Frames and their parents. Names lose a leading slash.

    Args:
        max_bad: share of bad transforms of one frame that is left out, in percent.
        max_speed: m/s; a frame that moves faster has jumped; 0 does not look for jumps.
    """

    def __init__(self, max_bad: float = MAX_BAD, max_speed: float = 0.0) -> None:
        self._max_bad, self._max_speed = max_bad, max_speed
        self._told: dict[str, dict[str, _Told]] = {}  # by child, by parent
        self._bad: dict[str, list[tuple[str, PoseError]]] = {}  # by child
        self._settled: dict[str, Edge] = {}
        self._used: dict[str, str] = {}  # notes, by child

    def add(self, message: Any, *, static: bool) -> None:
        """Take in a decoded TFMessage; what is no transform is counted for its frame."""
        for t in message.transforms:
            child, parent, stamp = frame_name(t.child_frame_id), frame_name(t.header.frame_id), stamp_ns(t.header.stamp)
            where = f"TF {parent} -> {child} at {stamp} ns"
            self._settled.clear()
            if not child or not parent or child == parent:
                problem = "is a frame in itself" if child and parent else "has a frame without a name"
                self._bad.setdefault(child, []).append(("of no two frames", PoseError(f"{where} {problem}")))
                continue
            try:
                matrix = rigid(t.transform.translation, t.transform.rotation, where)
            except PoseError as error:
                self._bad.setdefault(child, []).append(("not rigid or not finite", error))
                continue
            told = self._told.setdefault(child, {}).setdefault(parent, _Told())
            (told.static if static else told.moving).append(StampedPose(stamp, matrix, where))

    @property
    def edges(self) -> dict[str, str]:
        """The parent of each frame: that which most transforms tell."""
        return {child: _parent(parents) for child, parents in self._told.items()}

    def frames(self) -> set[str]:
        """All frames."""
        return set(self._told) | {parent for parents in self._told.values() for parent in parents}

    def ancestors(self, frame: str) -> list[str]:
        """Return the frame, its parent, and so on up to the root.

        Raises:
            BagPoseError: the frames form a circle.
        """
        chain = [frame]
        while chain[-1] in self._told:
            parent = _parent(self._told[chain[-1]])
            if parent in chain:
                return self._cut_circle(chain, parent)
            chain.append(parent)
        return chain

    def connected(self, a: str, b: str) -> bool:
        """Return whether a path connects two frames."""
        return a in self.frames() and b in self.frames() and self.ancestors(a)[-1] == self.ancestors(b)[-1]

    def is_static(self, frame: str, ancestor: str) -> bool:
        """Whether a frame is fixed to one of its ancestors."""
        return all(self._edge(f).static for f in self._below(frame, ancestor))

    def lookup(self, target: str, source: str, at_ns: ArrayLike, max_gap_s: float) -> tuple[Float64, NDArray[np.bool_]]:
        """Return ``target_from_source`` (M, 4, 4) at times (M,), and where it is known (M,). Unknown poses are NaN.

        Raises:
            BagPoseError: there is no path between the two, or a frame on it has two parents.
            PoseError, BagTimeError: too many transforms on the path are bad.
        """
        at = np.asarray(at_ns, dtype=np.int64).reshape(-1)
        if not self.connected(target, source):
            raise BagPoseError(
                f"TF does not join {source} to {target}{self._bad_of(source, target)}",
                f"It has: {', '.join(sorted(self.frames())) or 'no frame'}",
            )
        common = next(f for f in self.ancestors(source) if f in self.ancestors(target))
        common_from_target, ok_target = self._climb(target, common, at, max_gap_s)
        common_from_source, ok_source = self._climb(source, common, at, max_gap_s)
        return transforms.inverse(common_from_target) @ common_from_source, ok_target & ok_source

    def notes(self) -> list[str]:
        """One line for each frame that was asked for and has bad transforms, and one for all others."""
        lines = [note for note in self._used.values() if note]
        other = [bad for child, found in self._bad.items() if child not in self._used for bad in found]
        parents = [child for child, found in self._told.items() if len(found) > 1 and child not in self._used]
        counts = Counter(kind for kind, _ in other)
        if other:
            words = ", ".join(f"{count} {kind}" for kind, count in counts.items())
            lines.append(
                f"{len(other)} transforms of frames that are not needed left out: {words}. First: {other[0][1]}"
            )
        if parents:
            lines.append(f"TF frames that are not needed have several parents: {', '.join(sorted(parents))}")
        return lines

    def _below(self, frame: str, ancestor: str) -> Iterator[str]:
        chain = self.ancestors(frame)
        yield from chain[: chain.index(ancestor)]

    def _climb(
        self, frame: str, ancestor: str, at: NDArray[np.int64], max_gap_s: float
    ) -> tuple[Float64, NDArray[np.bool_]]:
        """Return ``ancestor_from_frame`` at each time."""
        out = np.tile(np.eye(4), (len(at), 1, 1))
        known = np.ones(len(at), dtype=np.bool_)
        for child in self._below(frame, ancestor):
            edge = self._edge(child)
            if edge.static:
                out = edge.trajectory.world_from_body[0] @ out
                continue
            poses, ok = interpolate_poses(edge.trajectory.stamps_ns, edge.trajectory.world_from_body, at, max_gap_s)
            out, known = poses @ out, known & ok
        return out, known

    def _edge(self, child: str) -> Edge:
        """The edge above a frame, in order and without what is bad.

        Raises:
            BagPoseError: two parents, neither of them by a few faults.
            PoseError, BagTimeError: too many of its transforms are bad.
        """
        if child not in self._settled:
            self._settled[child] = self._settle(child)
        return self._settled[child]

    def _settle(self, child: str) -> Edge:
        parents = self._told[child]
        parent = _parent(parents)
        told, others = parents[parent], {name: other for name, other in parents.items() if name != parent}
        left_out = LeftOut(f"transforms of TF {parent} -> {child}", self._max_bad)
        for kind, error in self._bad.get(child, ()):
            left_out.add(kind, error)
        for name, other in others.items():
            first = (other.static or other.moving)[0]
            left_out.add(
                "with another parent",
                BagPoseError(
                    f"TF frame {child} has two parents, {' and '.join(sorted((parent, name)))} ({first.where})",
                    "Drop one publisher. Of several robots, choose one with --tf-namespace",
                ),
                len(other.static) + len(other.moving),
            )
        total = left_out.count + len(told.moving) + len(told.static)
        if told.static:
            if any(other.static or len(other.moving) > 1 for other in others.values()):
                left_out.check(left_out.count)  # a static transform is told once: one fault is no rival
            self._used[child] = left_out.note(total)
            last = told.static[-1]
            return Edge(parent, True, RecordedPath(np.zeros(1, np.int64), last.world_from_body[None]))
        # A localizer corrects map -> odom at once, and far from odometry's origin by a lot: that is no robot's motion.
        max_speed = 0.0 if is_odometry(child) else self._max_speed
        trajectory = settle(told.moving, left_out, max_speed, BagTimeError)
        left_out.check(total)
        self._used[child] = left_out.note(total)
        return Edge(parent, False, trajectory)

    def _cut_circle(self, chain: list[str], again: str) -> list[str]:
        """The chain without the one link of a circle that hardly any transform tells."""
        circle = chain[chain.index(again) :]
        weights = {child: self._told[child][_parent(self._told[child])].weight for child in circle}
        weakest = min(circle, key=lambda child: weights[child])
        others = min(w for child, w in weights.items() if child != weakest)
        if weights[weakest] == float("inf") or others < FEW * weights[weakest]:
            problem = f"TF goes round in a circle: {' -> '.join([*chain, again])}"
            raise BagPoseError(problem, "Mend the tree. Of several robots, choose one with --tf-namespace")
        self._used[weakest] = f"{weights[weakest]:g} transforms that close a circle of TF left out, of {weakest}"
        return chain[: chain.index(weakest) + 1]

    def _bad_of(self, *frames: str) -> str:
        found = [error for frame in frames for _, error in self._bad.get(frame, ())]
        return f"; {len(found)} transforms of them were left out, first: {found[0].problem}" if found else ""


def _parent(parents: dict[str, _Told]) -> str:
    return max(parents, key=lambda name: parents[name].weight)
