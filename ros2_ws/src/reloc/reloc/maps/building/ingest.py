"""First step: turn frames into references. Images, poses and cameras are checked and copied into the map."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.errors import CameraError, ImageError, MapEmptyError, PoseError, SourceError
from reloc.files import write_atomic
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps import layout
from reloc.maps.building import arrays
from reloc.maps.left_out import LeftOut
from reloc.maps.progress import Progress, track
from reloc.maps.source import SourceFrame
from reloc.parsing.blame import Blame
from reloc.parsing.names import is_inside
from reloc.parsing.regular_file import read_bytes

STEP = "images"
_JPEG = (".jpg", ".jpeg")
_SUFFIXES = (*_JPEG, ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


def inputs(frames: Sequence[SourceFrame], jpeg_quality: int, frame_name: str) -> dict[str, Any]:
    """Return what this step depends on, as JSON."""
    return {"jpeg_quality": jpeg_quality, "frame": frame_name, "frames": [_fingerprint(f) for f in frames]}


def posed(frames: Sequence[SourceFrame]) -> list[SourceFrame]:
    """Return the frames that have a pose.

    Raises:
        MapEmptyError: there is none.
        SourceError: a name occurs twice, or cannot be a file name.
    """
    usable = [frame for frame in frames if frame.world_from_cam is not None]
    if not usable:
        fix = "Give images with known poses, or let structure from motion find them: --sfm"
        raise MapEmptyError(f"None of the {len(frames)} frames has a pose", fix)
    seen: set[str] = set()
    for frame in usable:
        path = image_path(frame.name, ".jpg")
        if path in seen:
            raise SourceError(f"Two frames are named {frame.name!r}", "Names in a source must be unique")
        if not is_inside(path):
            raise SourceError(f"{frame.name!r} cannot be the name of a frame", "Use a relative path without '..'")
        seen.add(path)
    return usable


def ingest(
    frames: Sequence[SourceFrame],
    content: Path,
    jpeg_quality: int,
    frame_name: str,
    progress: Progress,
    max_bad: float = 0.0,
) -> None:
    """Write images, poses, cameras and names. Existing images are kept.

    Frames whose image cannot be read, or is of another size than its camera, are left out: ``max_bad`` percent of them.

    Raises:
        ImageError: too many images cannot be read.
        CameraError: a frame has no camera, or too many have one of another size than their image.
        PoseError: a pose is not rigid.
    """
    references, poses, cameras, camera_of = [], [], list[Camera](), []
    left_out = LeftOut("images", max_bad)
    for frame in track(progress, STEP, frames):
        pose, camera = _checked_pose(frame), _checked_camera(frame)
        try:
            image = _store_image(frame, camera, content, jpeg_quality)
        except ImageError as error:
            left_out.add("that cannot be read", error)
        except CameraError as error:
            left_out.add("of another size", error)
        else:
            poses.append(pose)
            if camera not in cameras:
                cameras.append(camera)
            camera_of.append(cameras.index(camera))
            references.append({"name": frame.name, "image": image, "stamp_ns": frame.stamp_ns})
        if left_out.count > left_out.allowed(len(frames)):
            left_out.check(len(frames))  # not only after hours
    write_lists(content, frame_name, references, cameras, camera_of, np.stack(poses))


def write_lists(
    content: Path,
    frame_name: str,
    references: Sequence[Mapping[str, Any]],
    cameras: Sequence[Camera],
    camera_of: Sequence[int],
    world_from_cam: Float64,
) -> None:
    """Write which references there are: names, images and stamps, cameras, and poses (N, 4, 4)."""
    _write_json(content / layout.REFERENCES, {"frame": frame_name, "references": list(references)})
    _write_json(content / layout.CAMERAS, {"cameras": [c.to_dict() for c in cameras], "camera_of": list(camera_of)})
    arrays.write_array(content / layout.POSES, np.ascontiguousarray(world_from_cam))


def image_path(name: str, suffix: str) -> str:
    """Return the path of a frame's image in the map."""
    pure = PurePosixPath(name)
    stem = pure.with_suffix("") if pure.suffix.lower() in _SUFFIXES else pure
    return f"{layout.IMAGES}/{stem.as_posix()}{suffix}" if not pure.is_absolute() else name


def _checked_pose(frame: SourceFrame) -> Float64:
    if frame.world_from_cam is None:
        raise PoseError(f"{frame.name} has no pose", "Leave the frame out")
    return transforms.check_rigid(frame.world_from_cam, f"The pose of {frame.name}")


def _checked_camera(frame: SourceFrame) -> Camera:
    if frame.camera is None:
        raise CameraError(f"The intrinsics of {frame.name} are unknown", "Pass --camera f or --camera fx,fy,cx,cy")
    return frame.camera


def _store_image(frame: SourceFrame, camera: Camera, content: Path, jpeg_quality: int) -> str:
    source = frame.image_file
    copied = source is not None and source.suffix.lower() in _JPEG
    path = image_path(frame.name, ".jpg" if copied or jpeg_quality else ".png")
    target = content / path
    if target.exists():
        return path
    image = frame.load_image()
    height, width = image.shape[:2]
    if (width, height) != (camera.width, camera.height):
        raise CameraError(
            f"{frame.name} is {width} x {height} pixels, but its camera is for {camera.width} x {camera.height}",
            "Give the intrinsics of the images at their stored size",
        )
    if copied and source is not None:
        write_atomic(
            target, read_bytes(source, Blame(str(source), ImageError, "Check whether a folder was moved or unmounted"))
        )
    else:
        write_atomic(target, _encoded(frame.name, image, target.suffix, jpeg_quality))
    return path


def _encoded(name: str, image: UInt8, suffix: str, jpeg_quality: int) -> bytes:
    options = [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality] if suffix == ".jpg" else []
    good, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not good:
        raise ImageError(f"The image of {name} ({image.shape}, {image.dtype}) cannot be written as {suffix}")
    return bytes(data)


def _fingerprint(frame: SourceFrame) -> list[Any]:
    pose = None if frame.world_from_cam is None else frame.world_from_cam.tolist()
    camera = None if frame.camera is None else frame.camera.to_dict()
    file: list[Any] = []
    if frame.image_file is not None and os.path.exists(frame.image_file):
        stat = frame.image_file.stat()
        file = [str(frame.image_file), stat.st_size, stat.st_mtime_ns]
    return [frame.name, frame.stamp_ns, pose, camera, file]


def _write_json(file: Path, values: dict[str, Any]) -> None:
    write_atomic(file, (json.dumps(values, indent=1) + "\n").encode())
