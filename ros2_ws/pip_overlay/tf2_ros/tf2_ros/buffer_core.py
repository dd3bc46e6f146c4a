"""Transforms over time, without ROS communication."""

from __future__ import annotations

import math
from typing import Any

from geometry_msgs.msg import TransformStamped
from rclpy.duration import Duration
from rclpy.logging import get_logger
from rclpy.time import Time

from tf2_ros import rigid
from tf2_ros.exceptions import TransformException
from tf2_ros.frame_history import Sample
from tf2_ros.frame_tree import FrameTree
from tf2_ros.rigid import Rigid
from tf2_ros.times import NS_PER_S, duration_ns, time_msg, time_ns

DEFAULT_CACHE_S = 10
LOG_PERIOD_S = 1.0  # between two lines about transforms that are left out
MOST_FRAMES, LONGEST_NAME = 10_000, 1_000  # names that never end must not fill the memory


class BufferCore:
    """Keeps transforms for ``cache_time`` (10 s) and answers from them at any time in between."""

    def __init__(self, cache_time: Any = None) -> None:
        cache_time = Duration(seconds=DEFAULT_CACHE_S) if cache_time is None else cache_time
        self._tree = FrameTree(duration_ns(cache_time))
        self._log = get_logger("tf2_buffer")  # kept: it remembers which lines are throttled

    def set_transform(self, transform: TransformStamped, authority: str) -> None:
        """Add a transform of a moving frame. A bad one is logged and left out."""
        self._insert(transform, authority, is_static=False)

    def set_transform_static(self, transform: TransformStamped, authority: str) -> None:
        """Add a transform that holds for ever. A bad one is logged and left out."""
        self._insert(transform, authority, is_static=True)

    def _insert(self, message: TransformStamped, authority: str, *, is_static: bool) -> None:
        parent, child = message.header.frame_id.removeprefix("/"), message.child_frame_id.removeprefix("/")
        t, q = message.transform.translation, message.transform.rotation
        parent_from_child: Rigid = ((t.x, t.y, t.z), (q.x, q.y, q.z, q.w))
        problem = _problem(parent, child, parent_from_child) or self._crowded(parent, child)
        if problem:
            self._log.error(
                f'Ignoring transform from authority "{authority}": {problem}', throttle_duration_sec=LOG_PERIOD_S
            )
            return
        sample = Sample(
            time_ns(message.header.stamp), parent, (parent_from_child[0], rigid.normalized(parent_from_child[1]))
        )
        if not self._tree.insert(child, sample, authority, is_static=is_static):
            self._log.warning(
                f"TF_OLD_DATA ignoring data from the past for frame {_shown(child)} at time "
                f"{sample.stamp_ns / NS_PER_S:.6f} according to authority {authority}",
                throttle_duration_sec=LOG_PERIOD_S,
            )

    def _crowded(self, parent: str, child: str) -> str:
        """Why there is no room for another frame; empty where there is."""
        new = [frame for frame in (parent, child) if frame not in self._tree]
        if not new or self._tree.size + len(new) <= MOST_FRAMES:
            return ""
        return f'TF_TOO_MANY_FRAMES: "{_shown(new[0])}" would be one more than {MOST_FRAMES} frames'

    def lookup_transform_core(self, target_frame: str, source_frame: str, time: Time) -> TransformStamped:
        """``target_from_source`` at a time (0: the latest). Raises a :class:`TransformException`."""
        stamp_ns, target_from_source = self._tree.lookup(target_frame, source_frame, time_ns(time))
        return _message(target_frame, source_frame, stamp_ns, target_from_source)

    def lookup_transform_full_core(
        self, target_frame: str, target_time: Time, source_frame: str, source_time: Time, fixed_frame: str
    ) -> TransformStamped:
        """From the source at its time to the target at its own, through a frame that stands still."""
        for argument, frame in (
            ("target_frame", target_frame),
            ("source_frame", source_frame),
            ("fixed_frame", fixed_frame),
        ):
            self._tree.check(argument, frame)
        _, fixed_from_source = self._tree.lookup(fixed_frame, source_frame, time_ns(source_time))
        stamp_ns, target_from_fixed = self._tree.lookup(target_frame, fixed_frame, time_ns(target_time))
        return _message(target_frame, source_frame, stamp_ns, rigid.compose(target_from_fixed, fixed_from_source))

    def can_transform_core(self, target_frame: str, source_frame: str, time: Time) -> tuple[bool, str]:
        """Whether a lookup would succeed, and why not."""
        try:
            self._tree.lookup(target_frame, source_frame, time_ns(time))
        except TransformException as error:
            return False, str(error)
        return True, ""

    def can_transform_full_core(
        self, target_frame: str, target_time: Time, source_frame: str, source_time: Time, fixed_frame: str
    ) -> tuple[bool, str]:
        """Whether a lookup between two times would succeed, and why not."""
        try:
            self.lookup_transform_full_core(target_frame, target_time, source_frame, source_time, fixed_frame)
        except TransformException as error:
            return False, str(error)
        return True, ""

    def get_latest_common_time(self, target_frame: str, source_frame: str) -> Time:
        """The newest time that every frame between the two has; 0 where none of them moves."""
        for argument, frame in (("target_frame", target_frame), ("source_frame", source_frame)):
            self._tree.check(argument, frame)
        return Time(nanoseconds=self._tree.latest_common_time(target_frame, source_frame))

    def clear(self) -> None:
        """Forget all frames' motion; static transforms stay."""
        self._tree.clear()

    def all_frames_as_string(self) -> str:
        """One line a frame."""
        return self._tree.as_string()

    def all_frames_as_yaml(self) -> str:
        """Parent, broadcaster, rate and span of every frame, as YAML."""
        blocks = []
        for name, history, authority in self._tree.histories():
            oldest, newest = history.span
            if not history.latest[1]:
                continue
            rate = len(history) * NS_PER_S / max(newest - oldest, 100_000)
            blocks.append(
                f"{name}: \n  parent: '{history.latest[1]}'\n  broadcaster: '{authority}'\n  rate: {rate:.3f}\n"
                f"  most_recent_transform: {newest / NS_PER_S:.6f}\n  oldest_transform: {oldest / NS_PER_S:.6f}\n"
                f"  buffer_length: {(newest - oldest) / NS_PER_S:.3f}\n"
            )
        return "".join(blocks) or "[]"

    def _frameExists(self, frame_id: str) -> bool:
        return frame_id in self._tree

    def _getFrameStrings(self) -> list[str]:
        return self._tree.names()


def _problem(parent: str, child: str, parent_from_child: Rigid) -> str:
    """Why a transform cannot be used; empty where it can."""
    if max(len(parent), len(child)) > LONGEST_NAME:
        return f"TF_LONG_FRAME_ID: the names have {len(parent)} and {len(child)} characters"
    parent, child = _shown(parent), _shown(child)
    if parent == child:
        return f'TF_SELF_TRANSFORM: frame_id and child_frame_id are both "{child}"'
    if not child:
        return "TF_NO_CHILD_FRAME_ID: child_frame_id is not set"
    if not parent:
        return f'TF_NO_FRAME_ID: frame_id of the transform of "{child}" is not set'
    numbers = parent_from_child[0] + parent_from_child[1]
    if not all(math.isfinite(n) for n in numbers):
        return f'TF_NAN_INPUT: a value of the transform of "{child}" is not finite: {numbers}'
    if rigid.is_zero(parent_from_child[1]):  # any other length is made 1
        return f'TF_DENORMALIZED_QUATERNION: the rotation of "{child}" is all zeros'
    return ""


def _shown(name: str) -> str:
    """A name for a line of the log: what does not print is escaped."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _message(target: str, source: str, stamp_ns: int, target_from_source: Rigid) -> TransformStamped:
    message = TransformStamped()
    message.header.stamp = time_msg(stamp_ns)
    message.header.frame_id = target
    message.child_frame_id = source
    t, q = message.transform.translation, message.transform.rotation
    t.x, t.y, t.z = target_from_source[0]
    q.x, q.y, q.z, q.w = target_from_source[1]
    return message
