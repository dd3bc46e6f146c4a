"""The node ``map_server``: offers a map to localizers that have none on their disk."""

from __future__ import annotations

import sys

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseArray
from rclpy.publisher import Publisher
from visualization_msgs.msg import MarkerArray

from reloc.errors import RelocError
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences, LoadMap
from reloc_node.config import MapServerConfig
from reloc_node.conversions.diagnostics import to_diagnostics
from reloc_node.conversions.markers import to_markers, to_pose_array
from reloc_node.conversions.poses import to_nanoseconds
from reloc_node.managed_node import ManagedNode
from reloc_node.map_transfer import served_map
from reloc_node.map_transfer.served_map import ServedMap
from reloc_node.map_watcher import MapWatcher
from reloc_node.parameters import ParameterSet
from reloc_node.qos import LATCHED
from reloc_node.running import run
from reloc_node.unknown_parameters import refuse_unknown


class MapServerNode(ManagedNode):
    """Loads a map when configured; tells of it and serves its pages while active."""

    def __init__(self) -> None:
        super().__init__("map_server")
        self._config = ParameterSet(self, MapServerConfig)
        refuse_unknown(self, "map_server")
        self._served: ServedMap | None = None
        self._watcher: MapWatcher | None = None
        self._active = False
        self._publishers: list[Publisher] = []
        self._diagnostics = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._health_timer = self.create_timer(1.0, self._publish_health)
        self.create_service(GetReferences, "~/get_references", self._on_get_references)
        self.create_service(LoadMap, "~/load_map", self._on_load_map)

    def configure(self) -> None:
        """Open the map of the parameter ``map``, if it names one."""
        if self._config.value.map:
            self._open(self._config.value.map)

    def activate(self) -> None:
        """Tell of the map, latched."""
        self._info = self.create_publisher(MapInfo, "map_info", LATCHED)
        self._poses = self.create_publisher(PoseArray, "~/reference_poses", LATCHED)
        self._markers = self.create_publisher(MarkerArray, "~/markers", LATCHED)
        self._publishers = [self._info, self._poses, self._markers]
        self._active = True
        self._tell()

    def deactivate(self) -> None:
        """Serve nothing."""
        self._active = False
        for publisher in self._publishers:
            self.destroy_publisher(publisher)
        self._publishers = []

    def cleanup(self) -> None:
        """Let the map go."""
        if self._watcher:
            self._watcher.stop()
        self._served = self._watcher = None

    def _open(self, folder: str) -> None:
        config = self._config.value
        self._serve(ServedMap.open(folder, config.page_bytes, self._now_ns(), config.map_public_key))
        self._watch()

    def _watch(self) -> None:
        if self._watcher:
            self._watcher.stop()
        self._watcher = MapWatcher(self._served.reference_map, self._on_changed, self.get_logger().warning)

    def _on_changed(self, reference_map: ReferenceMap) -> None:
        """Called by the watcher's thread: the folder of the map holds another map."""
        self._serve(ServedMap.of(reference_map, self._config.value.page_bytes, self._now_ns()))
        if self._active:
            self._tell()

    def _serve(self, served: ServedMap) -> None:
        self._served = served
        info = served.info
        self.get_logger().info(
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
        self._poses.publish(to_pose_array(reference_map, stamp_ns))
        self._markers.publish(to_markers(reference_map, self._config.value.marker_size, stamp_ns))

    def _on_get_references(
        self, request: GetReferences.Request, response: GetReferences.Response
    ) -> GetReferences.Response:
        if not self._active:
            response.message = f"This server is {self.state_label}: activate it"
            return response
        return served_map.answer(self._served, request, response)

    def _on_load_map(self, request: LoadMap.Request, response: LoadMap.Response) -> LoadMap.Response:
        try:
            self._open(request.path)
        except RelocError as error:
            response.message = str(error)
        else:
            response.success = True
            if self._active:
                self._tell()
        response.content_hash = self._served.info.content_hash if self._served else ""
        return response

    def _publish_health(self) -> None:
        values = {"state": self.state_label, "map": "", "hash": ""}
        if self._served:
            values |= {"map": self._served.info.name, "hash": self._served.info.content_hash}
        level = "error" if self.problem else "ok" if self._served and self._active else "warn"
        text = self.problem or (f"serving {values['map']!r}" if level == "ok" else "no map is being served")
        name = f"{self.get_fully_qualified_name()}: map"
        self._diagnostics.publish(to_diagnostics(name, "map_server", level, text, values, self._now()))

    def _now_ns(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _now(self) -> Time:
        return self.get_clock().now().to_msg()


def main() -> None:
    """Console script ``map_server``."""
    sys.exit(run(MapServerNode))
