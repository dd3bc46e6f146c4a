"""COLMAP: ``sparse/0`` in its binary form, with colored points, and ``images``."""

from __future__ import annotations

from pathlib import Path

from reloc.maps.building import colmap_model
from reloc.maps.exports.shared.images import copy_images
from reloc.maps.exports.shared.points import parts_of
from reloc.maps.reference_map import ReferenceMap


class ColmapExport:
    """Writes a model for COLMAP, Gaussian splatting and others that read it."""

    name = "colmap"
    conventions = (
        "Poses are cam_from_world, x right, y down, z forward. The corner of the top-left pixel is (0, 0). "
        "`reloc map build FOLDER --source colmap` reads it back."
    )

    def write(self, reference_map: ReferenceMap, folder: Path) -> None:
        """See :class:`reloc.maps.exports.export.MapExport`."""
        copy_images(reference_map, folder / "images")
        references, features, landmarks = parts_of(reference_map)
        sparse = folder / "sparse" / "0"
        sparse.mkdir(parents=True)
        colmap_model.write_into(sparse, references, [one.uv for one in features], landmarks)


PLUGIN = ColmapExport
