"""nerfstudio: ``transforms.json`` with the cameras of OpenGL, a point cloud as ``sparse_pc.ply``, and ``images``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from reloc.errors import CameraError
from reloc.files import write_atomic
from reloc.geometry import opengl_convention
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.colmap_convention import HALF_PIXEL, colmap_from_camera
from reloc.maps.exports.shared.images import copy_images, image_names
from reloc.maps.exports.shared.points import colored_points
from reloc.maps.reference_map import ReferenceMap

POINTS = "sparse_pc.ply"
_COEFFICIENTS = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")


class NerfstudioExport:
    """Writes what nerfstudio's ``ns-train`` reads."""

    name = "nerfstudio"
    conventions = (
        "transform_matrix is world_from_cam with the camera's axes of OpenGL: x right, y up, z backward. The corner of "
        "the top-left pixel is (0, 0). `reloc map build FOLDER --source nerfstudio` reads it back."
    )

    def write(self, reference_map: ReferenceMap, folder: Path) -> None:
        """See :class:`reloc.maps.exports.export.MapExport`."""
        copy_images(reference_map, folder / "images")
        frames = [
            {
                "file_path": f"images/{name}",
                "transform_matrix": opengl_convention.opengl_from_pose(reference_map.world_from_cam[i]).tolist(),
                **camera_fields(reference_map.camera(i)),
            }
            for i, name in enumerate(image_names(reference_map))
        ]
        models = {str(frame.pop("camera_model")) for frame in frames}
        if len(models) > 1:
            raise CameraError(
                f"nerfstudio has one camera model for all images, and this map has {', '.join(sorted(models))}",
                "Export to colmap, which ns-process-data reads, or build one map for each camera",
            )
        values: dict[str, Any] = {"camera_model": models.pop(), "orientation_override": "none", "frames": frames}
        if reference_map.has_landmarks:
            values["ply_file_path"] = POINTS
            _write_points(reference_map, folder / POINTS)
        write_atomic(folder / "transforms.json", json.dumps(values, indent=1, allow_nan=False) + "\n")


def camera_fields(camera: Camera) -> dict[str, Any]:
    """Return the fields of one camera in ``transforms.json``."""
    model, numbers = colmap_from_camera(camera)
    distortion = numbers[4:]
    if camera.model is DistortionModel.EQUIDISTANT:
        names: tuple[str, ...] = ("k1", "k2", "k3", "k4")
    else:
        names = _COEFFICIENTS
        if any(distortion[5:]):
            raise CameraError(
                f"nerfstudio has no rational distortion (k4 {distortion[5]:g}, k5 and k6)",
                "Undistort the images before the build",
            )
        model = "OPENCV"
    fields = {"camera_model": model, "w": camera.width, "h": camera.height, "fl_x": camera.fx, "fl_y": camera.fy}
    fields |= {"cx": camera.cx + HALF_PIXEL, "cy": camera.cy + HALF_PIXEL}
    return fields | {name: float(value) for name, value in zip(names, distortion, strict=False) if value}


def _write_points(reference_map: ReferenceMap, file: Path) -> None:
    xyz, rgb = colored_points(reference_map)
    row = np.dtype([("xyz", "<f4", 3), ("rgb", "u1", 3)])
    table = np.zeros(len(xyz), row)
    table["xyz"], table["rgb"] = xyz, rgb
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(xyz)}\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz")
    head += "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
    write_atomic(file, f"{head}end_header\n".encode() + table.tobytes())


PLUGIN = NerfstudioExport
