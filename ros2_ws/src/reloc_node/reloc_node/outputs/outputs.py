"""Publish the results of a look."""

from __future__ import annotations

from math import inf

from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from rclpy.node import Node

from reloc.datatypes import Localized
from reloc.engine import Engine
from reloc.geometry.covariance import transport
from reloc.geometry.transforms import inverse
from reloc.maps.scale import scale_note
from reloc.trust.verdict import CLAIMS
from reloc_msgs.msg import Status
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.poses import to_pose_stamped, to_pose_with_covariance
from reloc_node.conversions.status import to_status
from reloc_node.frames import Frames
from reloc_node.look import FrameLook
from reloc_node.map_transfer.current_map import map_frame
from reloc_node.outputs.believed import Believed
from reloc_node.outputs.debug_output import DebugOutput
from reloc_node.outputs.path_output import PathOutput
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.outputs.seen import PublishedLook
from reloc_node.outputs.tf_output import Signals, make_tf_output

DEPTH = 10


class Outputs:
    """The publishers of a localizer, from activation to deactivation."""

    def __init__(
        self, node: Node, config: LocalizerNodeConfig, seed: SeedConfig, frames: Frames, signals: Signals
    ) -> None:
        self._node, self._config = node, config
        self._pose = node.create_publisher(PoseStamped, "~/pose", DEPTH)
        self._covariance = node.create_publisher(PoseWithCovarianceStamped, "~/pose_with_covariance", DEPTH)
        self._status = node.create_publisher(Status, "~/status", DEPTH)
        self._debug = DebugOutput(node, config)
        self._path = PathOutput(node)
        self._tf = make_tf_output(node, config, seed, frames, signals)

    def publish(self, look: FrameLook, engine: Engine | None) -> PublishedLook:
        """Publish a look. The pose is first, because other nodes wait for it."""
        frame_id = map_frame(engine, self._config.map_frame)
        fix = self._publish_pose(look, frame_id)
        self._tf.update(frame_id, self._believed(look), fix)
        content_hash = engine.reference_map.content_hash if engine else ""
        names = engine.reference_map.names if engine else ()
        now_ns = self._node.get_clock().now().nanoseconds
        note = scale_note(engine.reference_map.manifest) if engine else ""
        status = to_status(look, frame_id, self._config.localizer, content_hash, names, now_ns, note)
        self._status.publish(status)
        self._debug.publish(look, status, engine)
        return PublishedLook(look, status, fix)

    def reset(self) -> None:
        """Stop publishing map -> odom."""
        self._tf.reset()
        self._path.reset()

    def close(self) -> None:
        """Destroy the publishers."""
        self._tf.close()
        self._path.close()
        self._debug.close()
        for publisher in (self._pose, self._covariance, self._status):
            self._node.destroy_publisher(publisher)

    def _publish_pose(self, look: FrameLook, frame_id: str) -> PoseWithCovarianceStamped | None:
        answer = look.answer
        if not look.verdict.accepted or not isinstance(answer, Localized) or look.base_from_cam is None:
            return None
        cam_from_base = inverse(look.base_from_cam)
        map_from_base = answer.world_from_cam @ cam_from_base
        pose = to_pose_stamped(map_from_base, frame_id, look.stamp_ns)
        self._pose.publish(pose)
        covariance = transport(answer.covariance, answer.world_from_cam, cam_from_base)
        fix = to_pose_with_covariance(map_from_base, covariance, frame_id, look.stamp_ns)
        self._covariance.publish(fix)
        self._path.add(pose)
        return fix

    def _believed(self, look: FrameLook) -> Believed | None:
        """Return map_from_odom while it is valid, with the time that it stays valid if no image arrives."""
        map_from_odom = look.verdict.world_from_odom
        if map_from_odom is None:
            return None
        if self._config.tf_when_lost:
            return Believed(map_from_odom, inf)
        return Believed(map_from_odom, look.verdict.lost_in_s) if look.verdict.state in CLAIMS else None
