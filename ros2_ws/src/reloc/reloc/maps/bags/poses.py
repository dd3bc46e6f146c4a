"""Compute the camera's poses from TF or from a pose topic, interpolated to the images' stamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import BagPoseError, BagTimeError
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.bags import topics as bag_topics
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.tf_tree import TfTree, rigid, stamp_ns
from reloc.maps.source import SourceOptions

WORLD_FRAMES = ("map", "world")  # TF roots that are preferred to any topic


@dataclass(frozen=True, slots=True)
class CameraPoses:
    """world_from_cam at each image."""

    world_from_cam: Float64  # (M, 4, 4); NaN where unknown
    known: NDArray[np.bool_]  # (M,)
    origin: str  # where the poses come from, for messages


@dataclass(frozen=True, slots=True)
class BodyPath:
    """The poses of one topic."""

    stamps_ns: list[int]
    world_from_body: Float64  # (N, 4, 4)
    world: str  # the frame that the poses are given in
    body: str  # the frame whose poses these are; empty if the message type does not say


def camera_poses(
    bag: BagReader, tf: TfTree, camera_frame: str, at_ns: NDArray[np.int64], options: SourceOptions
) -> CameraPoses:
    """The camera's poses at ``at_ns`` (M,).

    The first available source is used: the given pose topic; TF from the given world frame; TF from ``map`` or
    ``world``; the only pose topic; TF from its root. The camera's mounting comes from TF.

    Raises:
        BagPoseError: there are no poses, several sources are possible, or the mounting is unknown.
        BagTimeError: the stamps go backward.
        PoseError: a pose is not a rigid transform.
    """
    found = bag_topics.pose_topics(bag.topics, options.pose_topic)
    root = _root(tf, camera_frame)
    if options.pose_topic:
        return _by_topic(bag, found[0], tf, camera_frame, at_ns, options)
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


def read_tf(bag: BagReader) -> TfTree:
    """Return all transforms of a bag."""
    tree = TfTree()
    for message in bag.messages(bag_topics.of_types(bag.topics, (bag_topics.TF,))):
        tree.add(bag.decode(message), static=message.topic.endswith("tf_static"))
    return tree


def _root(tf: TfTree, camera_frame: str) -> str:
    """Return the frame in which TF moves the camera; empty if TF does not move it."""
    if camera_frame not in tf.edges:
        return ""
    root = tf.ancestors(camera_frame)[-1]
    return "" if tf.is_static(camera_frame, root) else root


def _by_tf(tf: TfTree, world: str, camera_frame: str, at_ns: NDArray[np.int64], options: SourceOptions) -> CameraPoses:
    poses, known = tf.lookup(world, camera_frame, at_ns, options.max_gap_s)
    return CameraPoses(poses, known, f"TF {world} -> {camera_frame}")


def _by_topic(
    bag: BagReader, topic: str, tf: TfTree, camera_frame: str, at_ns: NDArray[np.int64], options: SourceOptions
) -> CameraPoses:
    path = _read_path(bag, topic)
    body = options.pose_frame or path.body
    if not body:
        raise BagPoseError(
            f"{topic} ({bag.topics[topic].type}) does not say which frame its poses belong to",
            f"Pass --pose-frame base_link, or --pose-frame {camera_frame} if they are the camera's own poses",
        )
    poses, known = interpolate_poses(path.stamps_ns, path.world_from_body, at_ns, options.max_gap_s)
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
    if options.world_frame and options.world_frame != path.world:
        target_from_world, joined = tf.lookup(options.world_frame, path.world, at_ns, options.max_gap_s)
        poses, known = target_from_world @ poses, known & joined
        origin += f", in {options.world_frame}"
    return CameraPoses(poses, known, origin)


def _read_path(bag: BagReader, topic: str) -> BodyPath:
    by_stamp: dict[int, Float64] = {}
    world = body = ""
    last = -(2**63)
    for message in bag.messages([topic]):
        decoded = bag.decode(message)
        stamp = stamp_ns(decoded.header.stamp)
        if stamp < last:
            raise BagTimeError(
                f"{topic} goes back in time, from {last} to {stamp} ns", "Record each drive in its own bag"
            )
        last = stamp
        pose = decoded.pose.pose if hasattr(decoded.pose, "pose") else decoded.pose
        by_stamp[stamp] = rigid(pose.position, pose.orientation, f"Pose on {topic} at {stamp} ns")
        world = decoded.header.frame_id.strip("/")
        body = getattr(decoded, "child_frame_id", "").strip("/")
    return BodyPath(list(by_stamp), np.stack(list(by_stamp.values())), world, body)
