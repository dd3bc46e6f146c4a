"""The node ``reloc_map_server``, which offers a map to localizers that have none on their disk."""

from __future__ import annotations

import sys

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseArray
from rclpy.clock import Clock, ClockType
from rclpy.publisher import Publisher
from sensor_msgs.msg import PointCloud2
from visualization_msgs.msg import MarkerArray

from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences, LoadMap
from reloc_node.config import MapServerConfig
from reloc_node.conversions.diagnostics import to_diagnostics
from reloc_node.conversions.landmark_cloud import to_point_cloud
from reloc_node.conversions.markers import to_markers, to_pose_array
from reloc_node.conversions.poses import to_nanoseconds
from reloc_node.guard import FAULTS
from reloc_node.managed_node import ManagedNode
from reloc_node.map_transfer import served_map
from reloc_node.map_transfer.served_map import ServedMap
from reloc_node.map_watcher import MapWatcher
from reloc_node.node_log import printable, shown
from reloc_node.parameter_groups import MAP_SERVER
from reloc_node.parameters import ParameterSet
from reloc_node.qos import LATCHED
from reloc_node.running import run
from reloc_node.unknown_parameters import refuse_unknown

FORMER_NAME = "map_server"  # the node's name until 0.1; Nav2 has a node of that name with the same services


class MapServerNode(ManagedNode):
    """A lifecycle node. If it is configured, it has loaded a map. If it is active, it announces and serves the map."""

    def __init__(self) -> None:
        super().__init__(MAP_SERVER)
        self._config = ParameterSet(self, MapServerConfig)
        refuse_unknown(self, MAP_SERVER)
        self._served: ServedMap | None = None
        self._watcher: MapWatcher | None = None
        self._active = False
        self._latched: list[Publisher] = []
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._health_timer = self.create_timer(1.0, self._publish_health, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self.create_service(GetReferences, "~/get_references", self._on_get_references)
        self.create_service(LoadMap, "~/load_map", self._on_load_map)

    def configure(self) -> None:
        """Open the map of the parameter ``map``, if it names one."""
        if self._config.value.map:
            self._open(self._config.value.map)

    def activate(self) -> None:
        """Announce the map on a latched topic."""
        self._info = self._latch(MapInfo, "map_info")
        self._poses = [self._latch(PoseArray, topic) for topic in self._names("reference_poses")]
        self._markers = [self._latch(MarkerArray, topic) for topic in self._names("markers")]
        self._landmarks = self._latch(PointCloud2, "~/landmarks")
        self._active = True
        self._tell()

    def deactivate(self) -> None:
        """Stop serving."""
        self._active = False
        self.destroy_all(self._latched)

    def cleanup(self) -> None:
        """Release the map."""
        if self._watcher:
            self._watcher.stop()
        self._served = self._watcher = None

    def _names(self, topic: str) -> list[str]:
        """Return a private topic, and its former name from when the node was called map_server, for old RViz
        layouts.
        """
        return [f"~/{topic}"] if self.get_name() == FORMER_NAME else [f"~/{topic}", f"{FORMER_NAME}/{topic}"]

    def _latch(self, kind: type, topic: str) -> Publisher:
        self._latched.append(self.create_publisher(kind, topic, LATCHED))
        return self._latched[-1]

    def _open(self, folder: str) -> None:
        config = self._config.value
        self._serve(ServedMap.open(folder, config.page_bytes, self._now_ns(), config.map_public_key))
        self._watch()

    def _watch(self) -> None:
        if self._watcher:
            self._watcher.stop()
        self._watcher = MapWatcher(self._served.reference_map, self._on_changed, self.log.warning)

    def _on_changed(self, reference_map: ReferenceMap) -> None:
        """Serve the new map in the folder. Called by the watcher's thread."""
        self._serve(ServedMap.of(reference_map, self._config.value.page_bytes, self._now_ns()))
        if self._active:
            self._tell()

    def _serve(self, served: ServedMap) -> None:
        self._served = served
        info = served.info
        self.log.info(
            f"Map {info.name!r}: {info.reference_count} references, {info.landmark_count} landmarks, "
            f"{info.size_bytes / 1e6:.1f} MB, hash {info.content_hash[:12]}"
        )

    def _tell(self) -> None:
        if self._served is None:
            self._info.publish(MapInfo())
            return
        reference_map, info = self._served.reference_map, self._served.info
        stamp_ns = to_nanoseconds(info.header.stamp)
        self._info.publish(info)
        self._landmarks.publish(to_point_cloud(reference_map, stamp_ns))
        for poses in self._poses:
            poses.publish(to_pose_array(reference_map, stamp_ns))
        for markers in self._markers:
            markers.publish(to_markers(reference_map, self._config.value.marker_size, stamp_ns))

    def _on_get_references(
        self, request: GetReferences.Request, response: GetReferences.Response
    ) -> GetReferences.Response:
        if not self._active:
            response.message = f"This server is {self.state_label}: activate it"
            return response
        return served_map.answer(self._served, request, response)

    def _on_load_map(self, request: LoadMap.Request, response: LoadMap.Response) -> LoadMap.Response:
        before = self._served
        try:
            self._open(request.path)
            if self._active:
                self._tell()
        except FAULTS as error:
            if self._served is not before:
                self._served = before
                if before:
                    self._watch()
            response.message = printable(self.guard.caught(f"Loading {shown(request.path)}", error))
        else:
            response.success = True
        response.content_hash = self._served.info.content_hash if self._served else ""
        return response

    def _publish_health(self) -> None:
        values = {"state": self.state_label, "map": "", "hash": ""}
        if self._served:
            values |= {"map": self._served.info.name, "hash": self._served.info.content_hash}
        values["exceptions"] = str(self.guard.count)
        problem = self.problem or self.guard.fresh()
        level = "error" if problem else "ok" if self._served and self._active else "warn"
        text = problem or (f"serving {values['map']!r}" if level == "ok" else "no map is being served")
        name = f"{self.get_fully_qualified_name()}: map"
        self._diagnostics.publish(to_diagnostics(name, MAP_SERVER, level, text, values, self._now()))

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _now(self) -> Time:
        return self.get_clock().now().to_msg()


def main() -> None:
    """Console scripts ``reloc_map_server`` and ``map_server``."""
    sys.exit(run(MapServerNode))
