"""Reads a COLMAP model by COLMAP; run by :func:`reloc.parsing.bounded.run` in a process of its own."""

from __future__ import annotations

import msgspec

from reloc.parsing.json_file import Count


class ColmapCamera(msgspec.Struct, array_like=True):
    """One camera."""

    number: Count
    model: str
    width: Count
    height: Count
    parameters: list[float]


class ColmapImage(msgspec.Struct, array_like=True):
    """One image."""

    name: str
    camera: Count
    cam_from_world: list[list[float]] | None  # 3 x 4; None: not registered


class ColmapModel(msgspec.Struct):
    """What is taken from a model: no points."""

    cameras: list[ColmapCamera]
    images: list[ColmapImage]


def read(place: str) -> bytes:
    """The model in the folder ``place``, as JSON of :class:`ColmapModel`."""
    import pycolmap

    model = pycolmap.Reconstruction(place)
    cameras = [
        ColmapCamera(key, c.model_name, c.width, c.height, [float(p) for p in c.params])
        for key, c in model.cameras.items()
    ]
    images = [
        ColmapImage(image.name, image.camera_id, image.cam_from_world().matrix().tolist() if image.has_pose else None)
        for image in model.images.values()
    ]
    for image in images:
        for row in image.cam_from_world or ():
            if not all(abs(number) < float("inf") for number in row):
                raise ValueError(f"the pose of {image.name} is not finite")
    return msgspec.json.encode(ColmapModel(cameras, images))
