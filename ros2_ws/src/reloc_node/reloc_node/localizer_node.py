"""The node ``localizer``: one camera in; pose, TF and how sure it is out."""

from __future__ import annotations

import sys
from pathlib import Path

from std_srvs.srv import Empty

from reloc.engine import Engine
from reloc.maps.reference_map import ReferenceMap
from reloc.relocalizer import Relocalizer
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import VerificationConfig
from reloc_msgs.msg import MapInfo
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.camera_info import CameraInfoConverter
from reloc_node.core_log import CoreLog
from reloc_node.frames import Frames
from reloc_node.health import Health
from reloc_node.image_input import ImageInput
from reloc_node.localization import Localization
from reloc_node.managed_node import ManagedNode
from reloc_node.map_transfer.current_map import CurrentMap, map_frame
from reloc_node.map_transfer.map_client import MapClient
from reloc_node.map_transfer.map_loader import MapLoader
from reloc_node.map_watcher import MapWatcher
from reloc_node.method_parameters import MethodParameters
from reloc_node.outputs.outputs import Outputs
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.parameters import ParameterSet
from reloc_node.qos import LATCHED
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.server import RelocalizeServer
from reloc_node.running import run
from reloc_node.time_jumps import watch_time
from reloc_node.unknown_parameters import refuse_unknown


class LocalizerNode(ManagedNode):
    """Configured it has a map or waits for one; active it looks at images."""

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
        self._health = Health(self, self._config)
        self._relocalize = RelocalizeServer(self, relocalize, self._map, self._frames, self._map_frame)
        self._jumps = watch_time(self, self._on_time_jump)
        self.create_service(Empty, "reinitialize_global_localization", self._on_reinitialize)

    def configure(self) -> None:
        """Open the map and the method, or ask the map server for a map."""
        config = self._config.value
        self._method.declare(config.localizer)
        if config.map:
            opened = ReferenceMap.open(Path(config.map), public_key=config.map_public_key)
            self._on_loaded(self._make_engine(opened))
            self._watcher = MapWatcher(opened, self._on_changed, self.get_logger().warning)
            return
        client = MapClient(self, config.map_server, config.transfer_timeout, config.map_public_key)
        cache = Path(config.map_cache).expanduser()
        self._loader = MapLoader(client, cache, self._make_engine, self._on_loaded, self.get_logger())
        self._map.why_none = self._loader.why_none
        self._map_info = self.create_subscription(MapInfo, "map_info", self._loader.offer, LATCHED)

    def activate(self) -> None:
        """Look at images from now on."""
        config = self._config.value
        self._outputs = Outputs(self, config, self._seed.value, self._frames)
        self._localization = Localization(
            config,
            self._frames,
            self._cameras,
            self._outputs,
            self._map,
            self._gate_parameters,
            self._relocalize.take,
            self._on_worker_error,
        )
        self._relocalize.watch(self._localization)
        self._input = ImageInput(self, config.image_transport, self._localization.offer, self._cameras.update)
        self._health.watch(self._localization, self._loader)

    def deactivate(self) -> None:
        """Look at nothing, publish nothing."""
        self._relocalize.watch(None)
        self._health.watch(None, self._loader)
        if self._input:
            self._input.close()
        if self._localization:
            self._localization.stop()
        if self._outputs:
            self._outputs.close()
        self._input = self._localization = self._outputs = None

    def cleanup(self) -> None:
        """Let the map go."""
        if self._loader:
            self.destroy_subscription(self._map_info)
            self._loader.stop()
        if self._watcher:
            self._watcher.stop()
        self._loader = self._watcher = None
        self._map.clear()
        self._health.watch(None, None)

    def close(self) -> None:
        """End what runs."""
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
        ).engine

    def _on_changed(self, reference_map: ReferenceMap) -> None:
        """Called by the watcher's thread: the folder of the parameter ``map`` holds another map."""
        self._on_loaded(self._make_engine(reference_map))

    def _on_loaded(self, engine: Engine) -> None:
        """Called by the loader's and the watcher's threads, too."""
        self._map.engine = engine
        if self._localization:
            self._localization.reset()
        found = engine.reference_map
        self.get_logger().info(f"Ready: {engine.name} in the map {found.path}, {len(found)} references")

    def _on_reinitialize(self, request: Empty.Request, response: Empty.Response) -> Empty.Response:
        if self._localization:
            self._localization.reset()
        return response

    def _on_time_jump(self) -> None:
        self._frames.clear()
        if self._localization:
            self._localization.reset()

    def _on_worker_error(self, error: Exception) -> None:
        self.get_logger().error(f"An image could not be handled: {type(error).__name__}: {error}")


def main() -> None:
    """Console script ``localizer``."""
    sys.exit(run(LocalizerNode))
