"""RTAB-Map's database, version 0.11 and later: one image, one calibration and one pose for each node.

Poses are world_from_base: those of the last optimization of the graph, if the database has them, else those of
odometry, which drift. The calibration has base_from_cam and a rectified camera; of images that were not rectified, the
distortion. With several cameras, whose images lie side by side, each is a reference of its own; of a stereo pair, the
left one. The pixels' centers count, as in ROS. The forms are those of RTAB-Map's own code: ``DatabaseSchema.sql``,
``DBDriverSqlite3``, and ``serialize`` of ``CameraModel`` and ``StereoCameraModel``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from reloc import images
from reloc.datatypes import Float64, UInt8
from reloc.errors import ImageError, PoseError, SourceError
from reloc.geometry.cameras import Camera
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.rtabmap_blobs import BlobCamera, cameras_of, pose_of
from reloc.maps.sources.shared.rtabmap_database import MapNode, RtabmapDatabase

ODOMETRY = "odom"
_FIX = "The database may be damaged: open it in rtabmap-databaseViewer, which can repair it"


class Rtabmap(Importer):
    """Importer of a database; there are no splits."""

    name = "rtabmap"
    keyframes = KeyframeConfig(min_distance_m=0.1, min_angle_deg=10.0)

    def __init__(self, path: Path, options: SourceOptions) -> None:
        super().__init__(path, options)
        self._database = RtabmapDatabase(path)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        nodes, optimized = self._database.nodes(), self._database.optimized()
        if not nodes:
            raise SourceError(
                f"No node of {self.path} has an image", "Record with RTAB-Map's parameter Mem/BinDataKept true"
            )
        if not optimized:
            self.odometry = ODOMETRY
        frames: list[SourceFrame] = []
        left_out, without = self.bad(f"nodes of {self.path}"), 0
        for node in nodes:
            found = left_out.attempt("that cannot be read", partial(self._of_node, node, optimized))
            if found is None:
                continue
            without += not found
            frames += found
        if without:
            said = "in the optimized graph" if optimized else "by odometry"
            self.notes.append(f"{without} of {len(nodes)} nodes left out: they have no pose {said}")
        self.notes.append(
            f"poses of RTAB-Map {self._database.shown_version}, "
            + ("optimized" if optimized else "by odometry: the database has no optimized graph")
        )
        if not frames and not left_out.count:
            raise PoseError(f"No node of {self.path} has a pose", _FIX)
        return self.checked(frames, str(self.path), left_out)

    def _of_node(self, node: MapNode, optimized: dict[int, Float64]) -> list[SourceFrame]:
        """Return one frame for each camera of a node; none if the node has no pose."""
        what = f"node {node.number} of {self.path}"
        own = pose_of(node.pose if isinstance(node.pose, bytes) else None, f"The pose of {what}")
        pose = optimized.get(node.number) if optimized else own
        if pose is None:
            return []
        blob = node.calibration if isinstance(node.calibration, bytes) else None
        cameras = cameras_of(blob, self._database.version, what)
        stamp = round(node.stamp * 1e9) if isinstance(node.stamp, float) and 0 < node.stamp < 9e9 else None
        frames = []
        for index, told in enumerate(self._sized(cameras, node.number)):
            name = f"{node.number:06d}" + (f"/{index}" if len(cameras) > 1 else "")
            camera = self._camera(told, what)
            load = partial(self._load, node.number, index, camera)
            frames.append(SourceFrame(name, load, camera, pose @ told.base_from_cam, stamp))
        return frames

    def _camera(self, told: BlobCamera, what: str) -> Camera:
        if self.options.camera:
            corner = counts_from_corner(self.options, "centre")
            return parse_camera(self.options.camera, (told.width, told.height), corner=corner)
        camera = Camera(told.width, told.height, told.fx, told.fy, told.cx, told.cy, told.model, told.distortion)
        camera.check_plausible(name=f"The calibration of {what}")
        return camera

    def _sized(self, cameras: list[BlobCamera], number: int) -> list[BlobCamera]:
        """Return the cameras; where a calibration does not say the image's size, it is that of the image."""
        if all(camera.width > 0 and camera.height > 0 for camera in cameras):
            return cameras
        image = images.decode(self._database.image(number), f"The image of node {number} of {self.path}")
        width, height = image.shape[1] // len(cameras), image.shape[0]
        return [replace(camera, width=width, height=height) for camera in cameras]

    def _load(self, number: int, index: int, camera: Camera) -> UInt8:
        what = f"The image of node {number} of {self.path}"
        try:
            image = images.decode(self._database.image(number), what)
        except SourceError as error:
            raise ImageError(error.problem, error.fix) from error
        if image.shape[0] != camera.height or image.shape[1] < (index + 1) * camera.width:
            raise ImageError(
                f"{what} is {image.shape[1]} x {image.shape[0]} pixels; its calibration is for {camera.width} x "
                f"{camera.height}",
                _FIX,
            )
        return image[:, index * camera.width : (index + 1) * camera.width].copy()


PLUGIN = Rtabmap
