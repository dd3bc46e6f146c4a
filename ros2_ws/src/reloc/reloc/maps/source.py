"""What an importer gives: frames with a name, an image, and, where known, camera, pose and depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from reloc import plugins
from reloc.config import param, validate
from reloc.datatypes import Float64, UInt8, freeze
from reloc.errors import PluginError, SourceError
from reloc.geometry.cameras import Camera
from reloc.maps.depth import DepthImage
from reloc.maps.keyframes import KeyframeConfig

PACKAGE = "reloc.maps.sources"
SPLITS = ("train", "test", "all")


def no_depth() -> None:
    """``load_depth`` of a frame without depth."""


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """One frame. The image and the depth are read only when they are asked for."""

    name: str  # unique in the source, with forward slashes, say seq-01/frame-000010
    load_image: Callable[[], UInt8]  # (H, W, 3) RGB; raises ImageError
    camera: Camera | None = None  # None: see camera_for
    world_from_cam: Float64 | None = None  # (4, 4)
    stamp_ns: int | None = None
    load_depth: Callable[[], DepthImage | None] = no_depth  # None where there is none; raises ImageError
    image_file: Path | None = None  # the file as it lies on disk, where the image is one

    def __post_init__(self) -> None:
        if self.world_from_cam is not None:
            freeze(self.world_from_cam)

    def camera_for(self, image: UInt8) -> Camera:
        """The frame's camera; where the source knows none, what a photograph's most likely is."""
        return self.camera or assumed_camera(image.shape[1], image.shape[0])


def assumed_camera(width: int, height: int) -> Camera:
    """The camera to assume of a photograph without calibration: 1.2 times the longer side, as COLMAP does."""
    focal = 1.2 * max(width, height)
    return Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """What a person can tell an importer. Each importer takes what concerns it."""

    camera: str = param("", "colour intrinsics: f, or f,cx,cy, or fx,fy,cx,cy, or a JSON file; empty: the source's own")
    camera_origin: str = param(
        "auto",
        "which point of the top-left pixel is (0, 0) in --camera; auto: as the data set's authors count",
        choices=("auto", "centre", "corner"),
    )
    depth_camera: str = param("", "depth intrinsics, written as --camera")
    depth_offset: str = param(
        "", "x,y,z of the depth camera in the colour camera's frame; empty: the data set's", unit="m"
    )
    depth_scale: float = param(0.0, "units of a depth image in one metre; 0: the data set's", ge=0.0)
    poses_of: str = param(
        "colour", "camera whose poses the data set holds, where colour and depth differ", choices=("colour", "depth")
    )
    images: str = param("", "folder of the images, where it is not inside the source")
    image_topic: str = param("", "bag: the image topic; empty: the only one there is")
    camera_info_topic: str = param("", "bag: the camera_info topic; empty: the one beside the image topic")
    camera_frame: str = param("", "bag: the camera's optical frame; empty: the one the images name")
    pose_topic: str = param("", "bag: Odometry or PoseStamped topic to take poses from; empty: TF, or the only one")
    pose_frame: str = param("", "bag: frame whose pose the pose topic tells; empty: Odometry's child frame")
    world_frame: str = param(
        "", "bag: frame that becomes the map's; empty: map or world in TF, or the pose topic's own"
    )
    max_gap_s: float = param(0.5, "longest gap between two poses that is interpolated", unit="s", ge=0.0)
    allow_duplicates: bool = param(False, "accept a pose that stands twice, at frames that are not neighbours")

    def __post_init__(self) -> None:
        validate(self)


class Source(Protocol):
    """An importer. ``notes`` is filled by ``frames``: one line for whatever was left out, and why."""

    name: str
    notes: list[str]
    keyframes: KeyframeConfig  # what suits this kind of source when nothing was asked for

    def __init__(self, path: Path, options: SourceOptions) -> None: ...

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """The frames of a split (``train``, ``test``, ``all``), in order.

        A source that has no splits gives all its frames, whatever is asked.

        Raises:
            SourceError, PoseError, CameraError: the source is not of the expected form.
            MapEmptyError: it holds no frame.
        """
        ...


def source_names() -> tuple[str, ...]:
    """Names that :func:`open_source` knows."""
    aliases = _aliases()
    back = {file: name for name, file in aliases.items()}
    return tuple(sorted(back.get(name, name) for name in plugins.names(PACKAGE)))


def open_source(name: str, path: Path, options: SourceOptions | None = None) -> Source:
    """The importer ``name`` on ``path``.

    Raises:
        PluginError: no such importer.
        DependencyError: it needs a package that is not installed.
        SourceError: there is nothing at ``path``.
    """
    if name not in source_names() and "." not in name:  # by the names that are typed, not those of the files
        raise PluginError(f"No source is named {name!r}", f"There are: {', '.join(source_names())}")
    plugin: Any = plugins.load(PACKAGE, _aliases().get(name, name))
    fix = "Give the folder, model or bag to import"
    try:
        there = path.exists()
    except OSError as error:  # a folder above it may not be read, or a name is too long
        raise SourceError(f"{path} cannot be read: {error.strerror or error}", fix) from error
    if not there:
        raise SourceError(f"{path} does not exist", fix)
    source: Source = plugin(path, options or SourceOptions())
    return source


def _aliases() -> dict[str, str]:
    from reloc.maps import sources

    return sources.ALIASES
