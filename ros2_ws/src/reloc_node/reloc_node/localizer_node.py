"""The node ``localizer``: takes one camera's images and publishes pose, TF and certainty."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rclpy.clock import Clock, ClockType
from rclpy.service import Service
from std_srvs.srv import Empty

from reloc.engine import Engine
from reloc.maps.progress import LogLines
from reloc.maps.reference_map import ReferenceMap
from reloc.relocalizer import Relocalizer
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import VerificationConfig
from reloc_msgs.msg import MapInfo
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.camera_info import CameraInfoConverter
from reloc_node.core_log import CoreLog
from reloc_node.frames import Frames
from reloc_node.graph.offered import OfferedSubscription
from reloc_node.health import Health
from reloc_node.image_input import ImageInput
from reloc_node.localization import Localization
from reloc_node.managed_node import ManagedNode
from reloc_node.map_folder import cache_folder, map_folder
from reloc_node.map_transfer.current_map import CurrentMap, map_frame
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.map_transfer.map_loader import MapLoader
from reloc_node.map_watcher import MapWatcher
from reloc_node.method_parameters import MethodParameters
from reloc_node.outputs.outputs import Outputs
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.outputs.seen import PublishedLook
from reloc_node.outputs.tf_output import Signals
from reloc_node.parameters import ParameterSet
from reloc_node.qos import LATCHED
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.server import RelocalizeServer
from reloc_node.running import run
from reloc_node.time_jumps import watch_time
from reloc_node.unknown_parameters import refuse_unknown
from reloc_node.watching.complaints import Complaints
from reloc_node.watching.missing import Missing
from reloc_node.watching.state_log import StateLog
from reloc_node.watching.tf_rivals import TfRivals

REINITIALIZE = "reinitialize_global_localization"
WATCH_S = 0.5  # period of checks of the graph


class LocalizerNode(ManagedNode):
    """A lifecycle node. If it is configured, it has a map or waits for one. If it is active, it localizes images."""

    def __init__(self) -> None:
        super().__init__("localizer")
        self._core_log = CoreLog(self)
        self._config = ParameterSet(self, LocalizerNodeConfig)
        self._gate_config = ParameterSet(self, GateConfig, "gate")
        self._seed = ParameterSet(self, SeedConfig, "seed")
        relocalize = ParameterSet(self, RelocalizeConfig, "relocalize")
        self._verification = ParameterSet(self, VerificationConfig, "verification")
        self._method = MethodParameters(self)
        self._method.declare(self._config.value.localizer)
        refuse_unknown(self, "localizer")
        self._frames = Frames(self)
        self._cameras = CameraInfoConverter()
        self._map = CurrentMap()
        self._loader: MapLoader | None = None
        self._watcher: MapWatcher | None = None
        self._localization: Localization | None = None
        self._input: ImageInput | None = None
        self._outputs: Outputs | None = None
        self._missing = Missing(self, lambda: self._config.value)
        self._rivals: TfRivals | None = None
        self._states: StateLog | None = None
        self._complaints = Complaints(self.log, self._checks())
        self._health = Health(self, self._config, self._complaints)
        self._watch_timer = self.create_timer(WATCH_S, self._watch, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._relocalize = RelocalizeServer(self, relocalize, self._map, self._frames, self._map_frame)
        self._jumps = watch_time(self, self._on_time_jump)
        self.create_service(Empty, f"~/{REINITIALIZE}", self._on_reinitialize)
        self._reinitialize: Service | None = None  # the service with Nav2's global name

    def configure(self) -> None:
        """Open the map and the method, or ask the map server for a map."""
        config = self._config.value
        if config.tf_mode != "seed":  # in that mode, AMCL has this service
            self._reinitialize = self.create_service(Empty, REINITIALIZE, self._on_reinitialize)
        self._method.declare(config.localizer)
        if config.map:
            opened = ReferenceMap.open(
                map_folder(config.map), public_key=config.map_public_key, memory_limit_mb=config.memory_limit_mb
            )
            self._on_loaded(self._make_engine(opened))
            self._watcher = MapWatcher(opened, self._on_changed, self.log.warning)
            return
        cache, limits = cache_folder(config.map_cache), config.limits
        self._client = MapClient(self, config.map_server, config.transfer_timeout, config.map_public_key, limits)
        self._loader = MapLoader(
            self._client, cache, self._make_engine, self._on_loaded, self.log, config.max_maps_per_minute
        )
        self._map.why_none = self._loader.why_none
        self._map_info = OfferedSubscription(self, MapInfo, "map_info", self._on_map_info, LATCHED)
        self._missing.watch_map(self._loader, self._map_info, lambda: self._map.engine is not None)

    def activate(self) -> None:
        """Start to localize images."""
        config = self._config.value
        self._states = StateLog(self.log)
        self._rivals = self._watch_tf(config)
        self._outputs = Outputs(self, config, self._seed.value, self._frames, self._signals())
        self._localization = Localization(
            config,
            self._frames,
            self._cameras,
            self._outputs,
            self._map,
            self._gate_parameters,
            self._on_look,
            self._on_worker_error,
        )
        self._relocalize.watch(self._localization)
        self._cameras.expect(self.resolve_topic_name("image"), config.image_is_rectified)
        self._input = ImageInput(self, config.image_transport, self._localization.offer, self._cameras.update)
        self._missing.watch_images(self._input, self._localization)
        self._health.watch(self._localization, self._loader)

    def deactivate(self) -> None:
        """Stop localizing and publishing."""
        self._relocalize.watch(None)
        self._health.watch(None, self._loader)
        self._missing.watch_images(None, None)
        self._frames.watch(None)
        self._complaints.clear()
        self._rivals = None
        if self._input:
            self._input.close()
        if self._localization:
            self._localization.stop()
        if self._outputs:
            self._outputs.close()
        self._input = self._localization = self._outputs = None

    def cleanup(self) -> None:
        """Release the map."""
        if self._reinitialize is not None:
            self.destroy_service(self._reinitialize)
            self._reinitialize = None
        if self._loader:
            self._missing.forget_map()
            self._map_info.close()
            self._loader.stop()
        if self._watcher:
            self._watcher.stop()
        self._loader = self._watcher = None
        self._map.clear()
        self._health.watch(None, None)

    def close(self) -> None:
        """End all threads."""
        super().close()
        self._relocalize.close()
        self._core_log.close()

    def _gate_parameters(self) -> GateConfig:
        return self._relocalize.gate_config(self._gate_config.value)

    def _map_frame(self, engine: Engine) -> str:
        return map_frame(engine, self._config.value.map_frame)

    def _make_engine(self, reference_map: ReferenceMap) -> Engine:
        config = self._config.value
        parameters = self._method.values(config.localizer)
        return Relocalizer.open(
            reference_map,
            config.localizer,
            parameters,
            verification=self._verification.value,
            calibrated=config.calibration,
            progress=LogLines(),
        ).engine

    def _on_changed(self, reference_map: ReferenceMap) -> None:
        """Use the new map in the folder of the parameter ``map``. Called by the watcher's thread."""
        self._on_loaded(self._make_engine(reference_map))

    def _on_loaded(self, engine: Engine) -> None:
        """Use a new engine. Also called by the loader's and the watcher's threads."""
        self._map.engine = engine
        if self._localization:
            self._localization.reset()
        found = engine.reference_map
        self.log.info(f"Ready: {engine.name} in the map {found.path}, {len(found)} references")

    def _on_map_info(self, info: MapInfo) -> None:
        """Pass a map_info on."""
        if self._loader is not None:
            self._loader.announce(info)

    def _checks(self) -> dict[str, Callable[[], str]]:
        """Return the checks of what may be wrong, the most fundamental first."""
        missing = self._missing
        return {
            "clock": missing.clock,
            "map_server": missing.map_server,
            "images": missing.images,
            "lost_images": missing.lost_images,
            "camera_info": missing.camera_info,
            "looks": missing.looks,
            "second_publisher": lambda: self._rivals.problem() if self._rivals else "",
        }

    def _watch(self) -> None:
        """Check the publishers, and what is missing."""
        self._frames.look()
        if self._input:
            self._input.look()
        if self._loader:
            self._map_info.look()
        self._complaints.check()

    def _watch_tf(self, config: LocalizerNodeConfig) -> TfRivals | None:
        if config.tf_mode != "tf":
            return None
        rivals = TfRivals(self, config.odom_frame)
        self._frames.watch(rivals.heard)
        return rivals

    def _signals(self) -> Signals:
        rivals = self._rivals

        def why_silent(seconds: float) -> str:
            localization = self._localization
            return localization.why_silent(seconds) if localization else f"No look for {seconds:.1f} s"

        return Signals(why_silent, rivals.sent if rivals else lambda stamp_ns: None)

    def _on_look(self, seen: PublishedLook) -> None:
        """Called by the worker's thread."""
        if self._states:
            self._states.take(seen.look)
        self._relocalize.take(seen)

    def _on_reinitialize(self, request: Empty.Request, response: Empty.Response) -> Empty.Response:
        if self._localization:
            self._localization.reset()
        return response

    def _on_time_jump(self) -> None:
        self._frames.clear()
        if self._localization:
            self._localization.reset()

    def _on_worker_error(self, error: Exception) -> None:
        self.guard.caught("Handling an image", error)


def main() -> None:
    """Console script ``localizer``."""
    sys.exit(run(LocalizerNode))
