"""Read a COLMAP model with COLMAP, in a process of its own; started by :func:`reloc.parsing.bounded.run`."""

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
    """Cameras and images of a model, without its points."""

    cameras: list[ColmapCamera]
    images: list[ColmapImage]
    bad: list[str] = []  # names of images whose pose is not finite; they are not among the images


def read(place: str) -> bytes:
    """Return the model in the folder ``place`` as JSON of :class:`ColmapModel`."""
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
    bad = [image for image in images if not _is_finite(image)]
    good = [image for image in images if image not in bad]
    return msgspec.json.encode(ColmapModel(cameras, good, [image.name for image in bad]))


def _is_finite(image: ColmapImage) -> bool:
    return all(abs(number) < float("inf") for row in image.cam_from_world or () for number in row)
