"""kapture 1.1: sensors, trajectory, records and images, as text."""

from __future__ import annotations

from pathlib import Path

from reloc.files import write_atomic
from reloc.geometry import transforms
from reloc.geometry.colmap_convention import colmap_from_camera
from reloc.maps.exports.shared.images import copy_images, image_names
from reloc.maps.reference_map import ReferenceMap

_HEAD = "# kapture format: 1.1\n"


class KaptureExport:
    """Writes ``sensors/``: one sensor for each camera, one time stamp for each image."""

    name = "kapture"
    conventions = (
        "kapture 1.1. Trajectories are cam_from_world (qw, qx, qy, qz, tx, ty, tz), x right, y down, z forward. "
        "Cameras are COLMAP's models. Time stamps are the images' numbers."
    )

    def write(self, reference_map: ReferenceMap, folder: Path) -> None:
        """See :class:`reloc.maps.exports.export.MapExport`."""
        sensors = folder / "sensors"
        copy_images(reference_map, sensors / "records_data")
        cameras = [reference_map.camera(i) for i in range(len(reference_map))]
        distinct = list(dict.fromkeys(cameras))
        lines = [_HEAD + "# sensor_device_id, name, sensor_type, [sensor_params]+"]
        for number, camera in enumerate(distinct):
            model, numbers = colmap_from_camera(camera)
            values = ", ".join(repr(float(n)) for n in numbers)
            lines.append(f"cam{number}, cam{number}, camera, {model}, {camera.width}, {camera.height}, {values}")
        write_atomic(sensors / "sensors.txt", "\n".join(lines) + "\n")
        poses = [_HEAD + "# timestamp, device_id, qw, qx, qy, qz, tx, ty, tz"]
        records = [_HEAD + "# timestamp, device_id, image_path"]
        for index, name in enumerate(image_names(reference_map, ",")):
            device = f"cam{distinct.index(cameras[index])}"
            cam_from_world = transforms.inverse(reference_map.world_from_cam[index])
            x, y, z, w = transforms.to_quaternion(cam_from_world).tolist()
            row = [w, x, y, z, *cam_from_world[:3, 3].tolist()]
            poses.append(f"{index}, {device}, {', '.join(repr(float(n)) for n in row)}")
            records.append(f"{index}, {device}, {name}")
        write_atomic(sensors / "trajectories.txt", "\n".join(poses) + "\n")
        write_atomic(sensors / "records_camera.txt", "\n".join(records) + "\n")


PLUGIN = KaptureExport
