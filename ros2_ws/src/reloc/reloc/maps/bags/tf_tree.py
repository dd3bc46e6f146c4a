"""Store the transforms of a bag as a tree of static and moving frames and look them up at any time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.datatypes import Float64
from reloc.errors import BagPoseError, BagTimeError
from reloc.geometry import transforms
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.pose_input import from_quaternion


@dataclass(slots=True)
class Edge:
    """The transforms of one frame in its parent."""

    parent: str
    static: bool
    stamps_ns: list[int] = field(default_factory=list)
    parent_from_child: list[Float64] = field(default_factory=list)


class TfTree:
    """A tree of frames. A leading slash of a name is removed."""

    def __init__(self) -> None:
        self.edges: dict[str, Edge] = {}  # by child frame

    def add(self, message: Any, *, static: bool) -> None:
        """Add a decoded TFMessage.

        Raises:
            PoseError: a transform is not rigid.
            BagPoseError: a frame has two parents.
            BagTimeError: the stamps of one moving frame go backward.
        """
        for t in message.transforms:
            child, parent = t.child_frame_id.strip("/"), t.header.frame_id.strip("/")
            stamp = stamp_ns(t.header.stamp)
            matrix = rigid(t.transform.translation, t.transform.rotation, f"TF {parent} -> {child} at {stamp} ns")
            edge = self.edges.setdefault(child, Edge(parent, static))
            if edge.parent != parent:
                raise BagPoseError(
                    f"TF frame {child} has two parents, {edge.parent} and {parent}",
                    "Record with only one publisher of this frame",
                )
            if static:
                edge.static, edge.stamps_ns, edge.parent_from_child = True, [0], [matrix]
            elif not edge.static:
                _append(edge, stamp, matrix, f"TF {parent} -> {child}")

    def frames(self) -> set[str]:
        """Return all frames."""
        return set(self.edges) | {edge.parent for edge in self.edges.values()}

    def ancestors(self, frame: str) -> list[str]:
        """Return the frame, its parent, and so on up to the root.

        Raises:
            BagPoseError: the frames form a circle.
        """
        chain = [frame]
        while chain[-1] in self.edges:
            parent = self.edges[chain[-1]].parent
            if parent in chain:
                raise BagPoseError(
                    f"TF frames form a circle: {' -> '.join([*chain, parent])}",
                    "Correct the parents of these frames and record the bag again",
                )
            chain.append(parent)
        return chain

    def connected(self, a: str, b: str) -> bool:
        """Return whether a path connects two frames."""
        return a in self.frames() and b in self.frames() and self.ancestors(a)[-1] == self.ancestors(b)[-1]

    def is_static(self, frame: str, ancestor: str) -> bool:
        """Return whether a frame is fixed to one of its ancestors."""
        return all(self.edges[f].static for f in self._below(frame, ancestor))

    def lookup(self, target: str, source: str, at_ns: ArrayLike, max_gap_s: float) -> tuple[Float64, NDArray[np.bool_]]:
        """Return ``target_from_source`` (M, 4, 4) at times (M,), and where it is known (M,). Unknown poses are NaN.

        Raises:
            BagPoseError: no path connects the two frames.
        """
        at = np.asarray(at_ns, dtype=np.int64).reshape(-1)
        if not self.connected(target, source):
            raise BagPoseError(
                f"TF does not connect {source} to {target}",
                f"Record the missing transform; the bag has: {', '.join(sorted(self.frames())) or 'no frame'}",
            )
        common = next(f for f in self.ancestors(source) if f in self.ancestors(target))
        common_from_target, ok_target = self._climb(target, common, at, max_gap_s)
        common_from_source, ok_source = self._climb(source, common, at, max_gap_s)
        return transforms.inverse(common_from_target) @ common_from_source, ok_target & ok_source

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
            edge = self.edges[child]
            if edge.static:
                out = edge.parent_from_child[0] @ out
                continue
            poses, ok = interpolate_poses(edge.stamps_ns, np.stack(edge.parent_from_child), at, max_gap_s)
            out, known = poses @ out, known & ok
        return out, known


def stamp_ns(stamp: Any) -> int:
    """Return a builtin_interfaces/Time in nanoseconds."""
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def rigid(translation: Any, rotation: Any, what: str) -> Float64:
    """Return a transform (4, 4) from a Vector3 or Point and a Quaternion.

    Raises:
        PoseError: a number is not finite, or the quaternion's length is not 1.
    """
    xyzw = (rotation.x, rotation.y, rotation.z, rotation.w)
    return from_quaternion(xyzw, (translation.x, translation.y, translation.z), what)


def _append(edge: Edge, stamp: int, matrix: Float64, what: str) -> None:
    if edge.stamps_ns and stamp < edge.stamps_ns[-1]:
        raise BagTimeError(
            f"{what} goes back in time, from {edge.stamps_ns[-1]} to {stamp} ns", "Record each drive in its own bag"
        )
    if edge.stamps_ns and stamp == edge.stamps_ns[-1]:  # sent again
        edge.parent_from_child[-1] = matrix
        return
    edge.stamps_ns.append(stamp)
    edge.parent_from_child.append(matrix)
