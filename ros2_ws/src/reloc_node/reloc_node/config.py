"""The nodes' own parameters. Those of methods and of the gate stand with them, in the core."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate
from reloc.errors import ConfigError

TF_MODES = ("tf", "seed", "none")
TRANSPORTS = ("raw", "compressed")


@dataclass(frozen=True)
class LocalizerNodeConfig:
    """Parameters of the node ``localizer``."""

    autostart: bool = param(True, "Configure and activate at start; if not, wait to be managed", read_only=True)
    map: str = param("", "Folder of the map; empty fetches it from the map server")
    map_server: str = param("map_server", "Node name of the map server to fetch from, relative to this namespace")
    map_cache: str = param("~/.cache/reloc/maps", "Where fetched maps are kept, one folder for each content hash")
    map_public_key: str = param(
        "",
        "Use only maps signed by this key: its file or 44 characters, from `reloc map keygen`; empty: use any map",
    )
    localizer: str = param("features", "Name of the method: a file in reloc.localizers, or a dotted path")
    calibration: bool = param(True, "Use what the map knows of the method: scaled covariances, probabilities")
    image_transport: str = param("raw", "How images arrive: `image` or `image/compressed`", choices=TRANSPORTS)
    map_frame: str = param("", "Frame of published poses; empty takes the name from the map")
    odom_frame: str = param("odom", "Frame of odometry, which drifts but does not jump; empty for none")
    base_frame: str = param("base_link", "Frame whose pose is published; empty publishes the camera's own")
    camera_frame: str = param("", "Optical frame of the camera; empty takes it from the image's header")
    tf_mode: str = param(
        "tf",
        "Who owns map -> odom: `tf` publishes it, `seed` hands a verified pose to `initialpose`, `none` does neither",
        choices=TF_MODES,
    )
    tf_rate: float = param(20.0, "How often map -> odom is sent again between fixes", unit="Hz", ge=1.0, le=200.0)
    transform_tolerance: float = param(0.2, "How far map -> odom is dated ahead", unit="s", ge=0.0, le=10.0)
    tf_when_lost: bool = param(False, "Go on with the last map -> odom while LOST: odometry alone, which may be wrong")
    tf_timeout: float = param(0.1, "How long to wait for a transform at the image's time", unit="s", ge=0.0, le=5.0)
    image_timeout: float = param(2.0, "Silence of the camera after which diagnostics warn", unit="s", ge=0.1, le=3600.0)
    max_image_age: float = param(
        0.0,
        "An image that waited longer for its turn is left for the next one; 0: one period of the camera",
        unit="s",
        ge=0.0,
        le=3600.0,
    )
    transfer_timeout: float = param(3.0, "How long one page of a map may take", unit="s", ge=0.1, le=600.0)
    debug_image_size: int = param(
        960, "Longest side of the camera's image in the debug image", unit="px", ge=64, le=8192
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.tf_mode == "tf" and not (self.odom_frame and self.base_frame):
            raise ConfigError(
                f"tf_mode=tf with odom_frame={self.odom_frame!r} and base_frame={self.base_frame!r}",
                "map -> odom needs both; use tf_mode none for a camera without odometry",
            )


@dataclass(frozen=True)
class MapServerConfig:
    """Parameters of the node ``map_server``."""

    autostart: bool = param(True, "Configure and activate at start; if not, wait to be managed", read_only=True)
    map: str = param("", "Folder of the map to serve; empty waits for ~/load_map")
    map_public_key: str = param(
        "",
        "Use only maps signed by this key: its file or 44 characters, from `reloc map keygen`; empty: use any map",
    )
    page_bytes: int = param(
        1 << 20, "Size of a page of the transfer; smaller over poor radio links", unit="byte", ge=4096, le=1 << 26
    )
    marker_size: float = param(0.15, "Length of the reference cameras drawn in RViz", unit="m", ge=0.001, le=100.0)

    def __post_init__(self) -> None:
        validate(self)
