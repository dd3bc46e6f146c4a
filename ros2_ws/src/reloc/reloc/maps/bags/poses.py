"""Compute the camera's poses from TF or from a pose topic, interpolated to the images' stamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import BagError, BagPoseError, BagTimeError, PoseError
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.bags import topics as bag_topics
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.tf_messages import rigid, stamp_ns
from reloc.maps.bags.tf_topics import is_static, tf_topics
from reloc.maps.bags.tf_tree import TfTree
from reloc.maps.left_out import LeftOut
from reloc.maps.source import SourceOptions
from reloc.maps.trajectory import RecordedPath, StampedPose, settle
from reloc.messages.names import frame_name, is_odometry

WORLD_FRAMES = ("map", "world")  # TF roots that are preferred to any topic


@dataclass(frozen=True, slots=True)
class CameraPoses:
    """world_from_cam at each image."""

    world_from_cam: Float64  # (M, 4, 4); NaN where unknown
    known: NDArray[np.bool_]  # (M,)
    origin: str  # in words: where they come from
    odometry: str = ""  # the frame of odometry that they are in, which drifts; empty: a map's
    notes: tuple[str, ...] = ()  # what was left out


@dataclass(frozen=True, slots=True)
class BodyPath:
    """The poses of one topic."""

    trajectory: RecordedPath  # world_from_body
    world: str  # the frame they are in
    body: str  # the frame whose poses they are; empty where the type does not say
    note: str  # what was left out


def camera_poses(
    bag: BagReader,
    tf: TfTree,
    camera_frame: str,
    at_ns: NDArray[np.int64],
    options: SourceOptions,
    image_topic: str = "",
) -> CameraPoses:
    """The camera's poses at ``at_ns`` (M,).

    The first available source is used: the given pose topic; TF from the given world frame; TF from ``map`` or
    ``world``; the only pose topic; TF from its root. The camera's mounting comes from TF.

    Raises:
        BagPoseError: there are no poses, several sources are possible, or the mounting is unknown.
        BagTimeError: the stamps go backward.
        PoseError: a pose is not a rigid transform.
    """
    found = bag_topics.pose_topics(bag.topics, options.pose_topic, image_topic)
    root = _root(tf, camera_frame)
    if options.pose_topic:
        return _by_topic(
            bag, found[0], tf, camera_frame, at_ns, options, map_frame=root if root in WORLD_FRAMES else ""
        )
    if options.world_frame:
        if len(found) == 1 and not tf.connected(options.world_frame, camera_frame):
            return _by_topic(bag, found[0], tf, camera_frame, at_ns, options)
        return _by_tf(tf, options.world_frame, camera_frame, at_ns, options)
    if root in WORLD_FRAMES:
        return _by_tf(tf, root, camera_frame, at_ns, options)
    if len(found) > 1:
        raise BagPoseError(
            f"Several topics hold poses: {', '.join(found)}",
            f"Choose one with --pose-topic, or use TF with --world-frame{f' {root}' if root else ''}",
        )
    if found:
        return _by_topic(bag, found[0], tf, camera_frame, at_ns, options)
    if root:
        return _by_tf(tf, root, camera_frame, at_ns, options)
    raise BagPoseError(
        f"No poses for the camera ({camera_frame}): no moving TF leads to it, and no topic has poses",
        f"Record TF, Odometry or PoseStamped with the images. {bag_topics.listing(bag.topics)}",
    )


def read_tf(bag: BagReader, options: SourceOptions, image_topic: str) -> TfTree:
    """The transforms of the images' robot.

    Raises:
        BagPoseError: it is not clear which robot's TF that is.
        BagError: too many of the messages are damaged.
    """
    tree = TfTree(options.max_bad, options.max_path_speed)
    topics = tf_topics(bag.topics, image_topic, options.tf_namespace)
    damaged = LeftOut(f"messages on {', '.join(topics)}", options.max_bad)
    for message in bag.messages(topics) if topics else ():
        decoded = damaged.attempt("damaged", lambda message=message: bag.decode(message))  # type: ignore[misc]
        if decoded is not None:
            tree.add(decoded, static=is_static(message.topic))
    damaged.check(sum(bag.topics[t].count for t in topics))
    return tree


def _root(tf: TfTree, camera_frame: str) -> str:
    """Return the frame in which TF moves the camera; empty if TF does not move it."""
    if camera_frame not in tf.edges:
        return ""
    root = tf.ancestors(camera_frame)[-1]
    return "" if tf.is_static(camera_frame, root) else root


def _by_tf(tf: TfTree, world: str, camera_frame: str, at_ns: NDArray[np.int64], options: SourceOptions) -> CameraPoses:
    poses, known = tf.lookup(world, camera_frame, at_ns, options.max_gap_s)
    odometry = world if is_odometry(world) else ""
    return CameraPoses(poses, known, f"TF {world} -> {camera_frame}", odometry, tuple(tf.notes()))


def _by_topic(
    bag: BagReader,
    topic: str,
    tf: TfTree,
    camera_frame: str,
    at_ns: NDArray[np.int64],
    options: SourceOptions,
    map_frame: str = "",
) -> CameraPoses:
    path = _read_path(bag, topic, options)
    body = frame_name(options.pose_frame) or path.body
    if not body:
        raise BagPoseError(
            f"{topic} ({bag.topics[topic].type}) does not say which frame its poses belong to",
            f"Pass --pose-frame base_link, or --pose-frame {camera_frame} if they are the camera's own poses",
        )
    world = frame_name(options.world_frame) or path.world
    odometry = world if is_odometry(world) or (not world and bag.topics[topic].type == bag_topics.ODOMETRY) else ""
    if odometry and map_frame and not options.world_frame and not options.accept_odometry:
        raise BagPoseError(
            f"{topic} tells poses in {path.world}, which is odometry's and drifts, while TF has {map_frame} above it",
            f"For poses in the map say --world-frame {map_frame}; for those of odometry, --accept-odometry",
        )
    stamps, known_poses = path.trajectory.stamps_ns, path.trajectory.world_from_body
    poses, known = interpolate_poses(stamps, known_poses, at_ns, options.max_gap_s)
    origin = f"{topic}, {path.world} -> {body}"
    if body != camera_frame:
        try:
            body_from_cam, mounted = tf.lookup(body, camera_frame, at_ns, options.max_gap_s)
        except BagPoseError as error:
            raise BagPoseError(
                f"{topic} holds poses of {body}, but the mounting of {camera_frame} on it is unknown: {error.problem}",
                f"Record /tf_static, or pass --pose-frame {camera_frame} if the poses are the camera's own",
            ) from error
        poses, known = poses @ body_from_cam, known & mounted
    if world != path.world:
        target_from_world, joined = tf.lookup(world, path.world, at_ns, options.max_gap_s)
        poses, known = target_from_world @ poses, known & joined
        origin += f", in {world}"
    notes = tuple(note for note in (path.note, *tf.notes()) if note)
    return CameraPoses(poses, known, origin, odometry or "", notes)


def _read_path(bag: BagReader, topic: str, options: SourceOptions) -> BodyPath:
    left_out = LeftOut(f"poses on {topic}", options.max_bad)
    found: list[StampedPose] = []
    frames: dict[tuple[str, str], int] = {}
    total = 0
    for number, message in enumerate(bag.messages([topic]), 1):
        total += 1
        try:
            decoded = bag.decode(message)
            stamp = stamp_ns(decoded.header.stamp)
            where = f"Pose on {topic} at {stamp} ns (message {number})"
            pose = decoded.pose.pose if hasattr(decoded.pose, "pose") else decoded.pose
            matrix = rigid(pose.position, pose.orientation, where)
        except PoseError as error:
            left_out.add("not rigid or not finite", error)
            continue
        except BagError as error:
            left_out.add("damaged", error)
            continue
        key = frame_name(decoded.header.frame_id), frame_name(getattr(decoded, "child_frame_id", ""))
        if frames and key not in frames:
            problem = f"{where} is of {' -> '.join(key)}, those before of {' -> '.join(next(iter(frames)))}"
            left_out.add("of other frames", BagPoseError(problem, "Give each robot a topic of its own"))
            continue
        frames[key] = 1
        found.append(StampedPose(stamp, matrix, where))
    trajectory = settle(found, left_out, options.max_path_speed, BagTimeError)
    left_out.check(total)
    world, body = next(iter(frames), ("", ""))
    return BodyPath(trajectory, world, body, left_out.note(total))
