"""The interface of importers: frames with a name, an image, and, if known, camera, pose and depth."""

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
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.nearest import did_you_mean

PACKAGE = "reloc.maps.sources"
# A Python module's name cannot begin with a digit, so two data sets have another name than their file.
ALIASES = {"7scenes": "seven_scenes", "12scenes": "twelve_scenes"}
SPLITS = ("train", "test", "all")


def no_depth() -> None:
    """``load_depth`` of a frame without depth."""


@dataclass(frozen=True, slots=True)
class SourceFrame:
    """One frame. The image and the depth are read only on request."""

    name: str  # unique in the source, with forward slashes, for example seq-01/frame-000010
    load_image: Callable[[], UInt8]  # (H, W, 3) RGB; raises ImageError
    camera: Camera | None = None  # None: see camera_for
    world_from_cam: Float64 | None = None  # (4, 4)
    stamp_ns: int | None = None
    load_depth: Callable[[], DepthImage | None] = no_depth  # None if there is none; raises ImageError
    image_file: Path | None = None  # the stored file, if the image is one

    def __post_init__(self) -> None:
        if self.world_from_cam is not None:
            freeze(self.world_from_cam)

    def camera_for(self, image: UInt8) -> Camera:
        """Return the frame's camera; if the source knows none, the most likely one for a photograph."""
        return self.camera or assumed_camera(image.shape[1], image.shape[0])


def assumed_camera(width: int, height: int) -> Camera:
    """Return the assumed camera of an uncalibrated photograph: 1.2 times the longer side, as in COLMAP."""
    focal = 1.2 * max(width, height)
    return Camera(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Options of importers. Each importer uses those that concern it."""

    camera: str = param(
        "",
        "These color intrinsics replace the source's own: f, or f,cx,cy, or fx,fy,cx,cy, or a JSON file. "
        "Empty uses the source's own.",
    )
    camera_origin: str = param(
        "auto",
        "This point of the top-left pixel is (0, 0) in --camera. `auto` counts as the data set's authors do.",
        choices=("auto", "centre", "corner"),
        expert=True,
    )
    depth_camera: str = param(
        "",
        "These depth intrinsics replace the source's own, written like --camera. Empty uses the source's own.",
        expert=True,
    )
    depth_offset: str = param(
        "",
        "The depth camera is at this x,y,z in the color camera's frame. Empty uses the data set's value.",
        unit="m",
        expert=True,
    )
    depth_scale: float = param(
        0.0, "One meter equals this many units of a depth image. 0 uses the data set's value.", ge=0.0, expert=True
    )
    poses_of: str = param(
        "colour",
        "The data set's poses belong to this camera, if color and depth cameras differ.",
        choices=("colour", "depth"),
        expert=True,
    )
    images: str = param("", "The images are in this folder. Empty looks inside the source.", expert=True)
    trajectory: str = param(
        "",
        "For the sources trajectory and kitti, poses are in this file. Empty looks for the usual names.",
        expert=True,
    )
    scale_unknown: bool = param(
        False,
        "If true, the scale of the poses is unknown, as that of SLAM with one camera and no IMU. The map then says "
        "that its lengths are map units.",
    )
    image_topic: str = param("", "In a bag, images come from this topic. Empty uses the only image topic there is.")
    camera_info_topic: str = param(
        "", "In a bag, intrinsics come from this topic. Empty uses the camera_info topic beside the image topic."
    )
    camera_frame: str = param(
        "", "In a bag, this is the camera's optical frame. Empty uses the frame named by the images.", expert=True
    )
    pose_topic: str = param(
        "", "In a bag, poses come from this Odometry or PoseStamped topic. Empty uses TF, or the only such topic."
    )
    pose_frame: str = param(
        "",
        "In a bag, the pose topic gives the pose of this frame. Empty uses the child frame of Odometry.",
        expert=True,
    )
    world_frame: str = param(
        "",
        "In a bag, this is the frame of the map. Empty uses map or world in TF, or the pose topic's own frame.",
        expert=True,
    )
    max_gap_s: float = param(
        0.5,
        "Poses are interpolated across gaps up to this length. Raising it keeps more images, with less exact poses.",
        unit="s",
        ge=0.0,
        expert=True,
    )
    max_path_speed: float = param(
        10.0,
        "In a bag or a TUM sequence, poses that the path reaches faster than this are left out as jumps. Raising it "
        "leaves out less; 0 leaves out none.",
        unit="m/s",
        ge=0.0,
        expert=True,
    )
    max_bad: float = param(
        5.0,
        "Up to this share of bad images, poses or lines is left out, and one of five or more always. Raising it "
        "takes worse sources; 0 refuses any.",
        unit="%",
        ge=0.0,
        le=100.0,
    )
    rectified: str = param(
        "auto",
        "In a bag, `yes` takes images as rectified: their camera is P of camera_info, without distortion; `no` uses K "
        "and D. `auto` goes by the topic's name, such as image_rect.",
        choices=("auto", "yes", "no"),
    )
    tf_namespace: str = param(
        "",
        "In a bag of several robots, transforms come from the tf topics of this namespace, such as /robot1. Empty uses "
        "the images' own namespace, or else the global one, which is /.",
        expert=True,
    )
    accept_odometry: bool = param(
        False,
        "If true, poses that are odometry's are used as the truth, though they drift. If false, they only build maps.",
    )
    allow_duplicates: bool = param(
        False, "If true, a pose that occurs twice, at frames that are not neighbors, is accepted.", expert=True
    )

    def __post_init__(self) -> None:
        validate(self)


class Source(Protocol):
    """An importer. ``notes`` is filled by ``frames``: one line for whatever was left out, and why.

    It may have ``odometry``, filled by ``frames``, too: the frame of odometry that the poses are in, which drifts. And
    ``scale``: what the poses' scale is from, ``unknown`` if nothing measured it; empty for meters.
    """

    name: str
    notes: list[str]
    keyframes: KeyframeConfig  # default for this kind of source

    def __init__(self, path: Path, options: SourceOptions) -> None: ...

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """Return the frames of a split (``train``, ``test``, ``all``) in order.

        A source without splits returns all frames for any split.

        Raises:
            SourceError, PoseError, CameraError: the source does not have the expected form.
            MapEmptyError: it holds no frame.
        """
        ...


def source_names() -> tuple[str, ...]:
    """Return the names that :func:`open_source` knows."""
    back = {file: name for name, file in ALIASES.items()}
    return tuple(sorted(back.get(name, name) for name in plugins.names(PACKAGE)))


def open_source(name: str, path: Path, options: SourceOptions | None = None) -> Source:
    """Return the importer ``name`` for ``path``.

    Raises:
        PluginError: there is no such importer.
        DependencyError: it needs a package that is not installed.
        SourceError: nothing exists at ``path``.
    """
    if name not in source_names() and "." not in name:  # by the names that are typed, not those of the files
        there_are = f"There are: {', '.join(source_names())}"
        raise PluginError(f"No source is named {name!r}", f"{did_you_mean(name, source_names())} {there_are}".lstrip())
    plugin: Any = plugins.load(PACKAGE, ALIASES.get(name, name))
    fix = "Give the folder, model or bag to import"
    try:
        there = path.exists()
    except OSError as error:  # a folder above it may not be read, or a name is too long
        raise SourceError(f"{path} cannot be read: {error.strerror or error}", fix) from error
    if not there:
        raise SourceError(f"{path} does not exist", fix)
    source: Source = plugin(path, options or SourceOptions())
    return source
