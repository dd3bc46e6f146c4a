"""The nodes' own parameters. Parameters of methods and of the gate are defined in the core."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, same, validate
from reloc.errors import ConfigError
from reloc_node.map_transfer.checks import PAGE_BYTES_LEAST, PAGE_BYTES_MOST, TransferLimits

TF_MODES = ("tf", "seed", "none")
TRANSPORTS = ("raw", "compressed")


@dataclass(frozen=True)
class LocalizerNodeConfig:
    """Parameters of the node ``localizer``."""

    autostart: bool = param(
        True,
        "If true, the node configures and activates itself at start. If false, it waits for a lifecycle manager.",
        read_only=True,
        expert=True,
    )
    map: str = param("", "The localizer opens this map folder. Empty fetches the map from the map server.")
    map_server: str = param(
        "reloc_map_server",
        "The localizer fetches its map from the map server of this node name, relative to its namespace.",
    )
    map_cache: str = param(
        "~/.cache/reloc/maps", "Fetched maps are kept in this folder, one subfolder for each content hash."
    )
    memory_limit_mb: int = param(
        0,
        "The map's key points and landmarks take at most this much memory; the rest stays on disk until it is needed. "
        "Raising it makes answers faster; 0 holds all.",
        unit="MB",
        ge=0,
        le=1 << 20,
        expert=True,
    )
    map_public_key: str = param(
        "",
        "The node uses only maps that this key signed: a file or its 44 characters, from `reloc map keygen`. "
        "Empty uses any map.",
    )
    localizer: str = param(
        "features",
        "This method answers: a name from reloc.localizers, such as features, or the dotted path of your own module.",
    )
    calibration: bool = param(
        True,
        "If true, covariances and probabilities are calibrated by the map's own measurements of the "
        "method. False uses the method's own values.",
        expert=True,
    )
    image_transport: str = param(
        "raw", "The node subscribes to `image` (raw) or to `image/compressed` (compressed).", choices=TRANSPORTS
    )
    image_is_rectified: bool = param(
        False,
        "If true, images are rectified: their camera is P of camera_info, without distortion. False uses K and D, "
        "unless the topic is named image_rect or the like.",
        expert=True,
    )
    map_frame: str = param("", "Published poses are in this frame. Empty uses the frame name stored in the map.")
    odom_frame: str = param(
        "odom", "This odometry frame drifts but never jumps. Leave it empty if the robot has no odometry."
    )
    base_frame: str = param(
        "base_link", "The node publishes the pose of this frame. Empty publishes the pose of the camera."
    )
    camera_frame: str = param("", "This is the camera's optical frame. Empty uses the frame in the image's header.")
    tf_mode: str = param(
        "tf",
        "`tf` publishes map -> odom, `seed` sends verified poses to `initialpose`, and `none` does "
        "neither. Never run two publishers of map -> odom.",
        choices=TF_MODES,
    )
    tf_rate: float = param(
        20.0,
        "The node publishes map -> odom at this rate, also between fixes. Raising it costs bandwidth.",
        unit="Hz",
        ge=1.0,
        le=200.0,
    )
    transform_tolerance: float = param(
        0.2,
        "The stamp of map -> odom lies this far in the future. Raising it bridges longer pauses between "
        "two transforms; 0 uses the current time.",
        unit="s",
        ge=0.0,
        le=10.0,
        expert=True,
    )
    tf_when_lost: bool = param(
        False,
        "If true, the node keeps publishing the last map -> odom while LOST. That pose follows odometry "
        "alone and may be wrong.",
    )
    tf_timeout: float = param(
        0.1,
        "The node waits at most this long for a transform at the image's time. Raising it delays a look; "
        "0 never waits.",
        unit="s",
        ge=0.0,
        le=5.0,
        expert=True,
    )
    image_timeout: float = param(
        2.0,
        "Diagnostics report the camera as stale after this time without an image. Raising it warns later.",
        unit="s",
        ge=0.1,
        le=3600.0,
    )
    max_image_age: float = param(
        0.0,
        "An image that waited longer than this is skipped in favor of a newer one. Raising it skips "
        "fewer images; 0 uses one period of the camera.",
        unit="s",
        ge=0.0,
        le=3600.0,
        expert=True,
    )
    transfer_timeout: float = param(
        3.0,
        "A request for a map page is repeated after this time without an answer. Raise it on slow radio links.",
        unit="s",
        ge=0.1,
        le=600.0,
        expert=True,
    )
    max_map_bytes: int = param(
        TransferLimits.map_bytes,
        "A map larger than this is not fetched. Raise it for larger maps of a server that you trust.",
        unit="byte",
        ge=1 << 20,
        le=1 << 50,
        expert=True,
    )
    max_map_files: int = param(
        TransferLimits.files,
        "A map of more files than this is not fetched; a map has about one file for each reference image. "
        "Raise it for larger maps.",
        ge=100,
        le=10_000_000,
        expert=True,
    )
    max_cache_bytes: int = param(
        TransferLimits.cache_bytes,
        "Above this size of the map cache the least recently used maps are deleted, but never one in use. "
        "Raising it keeps more maps.",
        unit="byte",
        ge=1 << 20,
        le=1 << 50,
        expert=True,
    )
    max_maps_per_minute: int = param(
        20,
        "At most this many different maps are fetched within a minute; further offers wait. Raising it serves "
        "map servers that change maps often.",
        ge=2,
        le=1000,
        expert=True,
    )
    debug_image_size: int = param(
        960,
        "The longer side of the camera image in the debug image has at most this many pixels. Raising it "
        "costs bandwidth.",
        unit="px",
        ge=64,
        le=8192,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
        if self.tf_mode == "tf" and not (self.odom_frame and self.base_frame):
            raise ConfigError(
                f"tf_mode=tf with odom_frame={self.odom_frame!r} and base_frame={self.base_frame!r}",
                "map -> odom needs both; set tf_mode to none for a camera without odometry",
            )

    @property
    def limits(self) -> TransferLimits:
        """The limits for maps from a server: sizes and number of files."""
        return TransferLimits(self.max_map_bytes, self.max_cache_bytes, self.max_map_files, self.memory_limit_mb)


@dataclass(frozen=True)
class MapServerConfig:
    """Parameters of the node ``reloc_map_server``."""

    autostart: bool = same(LocalizerNodeConfig, "autostart")
    map: str = param("", "The map server serves this map folder. Empty waits for a call of ~/load_map.")
    map_public_key: str = param(
        "",
        "The node serves only maps that this key signed: a file or its 44 characters, from `reloc map keygen`. "
        "Empty serves any map.",
        expert=True,
    )
    page_bytes: int = param(
        1 << 20,
        "The map is sent in pages of this size. Lower it on poor radio links; raising it transfers "
        "faster on good ones.",
        unit="byte",
        ge=PAGE_BYTES_LEAST,
        le=PAGE_BYTES_MOST,
    )
    marker_size: float = param(
        0.15,
        "RViz draws each reference camera with this length. Raising it enlarges the markers.",
        unit="m",
        ge=0.001,
        le=100.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
