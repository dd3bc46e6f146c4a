"""Triangulate landmarks from the known poses with COLMAP."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from reloc.datatypes import LocalFeatures
from reloc.geometry.colmap_convention import colmap_from_uv
from reloc.maps.build_config import TriangulationConfig
from reloc.maps.building import colmap_model
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.matches import VerifiedMatches
from reloc.maps.building.references import IngestedReferences

_SEED = 0  # the same input gives the same map


def triangulate(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    verified: VerifiedMatches,
    config: TriangulationConfig,
) -> Landmarks:
    """Return landmarks of matched key points; poses and cameras do not change.

    Raises:
        DependencyError: pycolmap is not installed.
        StorageError: there is no room for COLMAP's database.
    """
    pycolmap = colmap_model.pycolmap()
    figures, counts = report(verified), [len(f) for f in features]
    if not verified.matches:
        return Landmarks.from_tracks(np.zeros((0, 3)), [], counts, figures)
    with tempfile.TemporaryDirectory(prefix="reloc-") as temporary, colmap_model.quiet():
        folder = Path(temporary)
        with colmap_model.named_errors(folder):
            model = colmap_model.empty_model(references, [f.uv for f in features])
            _write_database(pycolmap, folder / "matches.db", model, features, verified)
            (folder / "out").mkdir()
            model = pycolmap.triangulate_points(
                model,
                folder / "matches.db",
                folder,
                folder / "out",
                options=_options(pycolmap, verified.max_error_px, config),
            )
    ids = sorted(model.points3D)
    tracks = ([(e.image_id - 1, e.point2D_idx) for e in model.points3D[i].track.elements] for i in ids)
    return Landmarks.from_tracks(np.array([model.points3D[i].xyz for i in ids]), tracks, counts, figures)


def report(verified: VerifiedMatches) -> dict[str, Any]:
    """Return figures about the matches, for the user."""
    return {
        "pose_error_px": round(verified.pose_error_px, 3),
        "max_error_px": round(verified.max_error_px, 3),
        "matched_pairs": len(verified.matches),
        "matches": int(sum(len(m) for m in verified.matches.values())),
    }


def _options(pycolmap: Any, max_error_px: float, config: TriangulationConfig) -> Any:
    options = pycolmap.IncrementalPipelineOptions()
    options.extract_colors = False
    options.num_threads = options.mapper.num_threads = 1  # threads add in any order, so results would differ
    options.random_seed = options.mapper.random_seed = options.triangulation.random_seed = _SEED
    options.mapper.filter_max_reproj_error = max_error_px
    options.mapper.filter_min_tri_angle = config.min_triangulation_deg
    options.triangulation.min_angle = config.min_triangulation_deg
    options.triangulation.ignore_two_view_tracks = False
    options.triangulation.merge_max_reproj_error = max_error_px
    options.triangulation.complete_max_reproj_error = max_error_px
    # COLMAP's own 2 degrees are for 4 px; less accurate poses need proportionally more
    angle = options.triangulation.create_max_angle_error * max(1.0, max_error_px / 8.0)
    options.triangulation.create_max_angle_error = options.triangulation.continue_max_angle_error = angle
    return options


def _write_database(
    pycolmap: Any, file: Path, model: Any, features: Sequence[LocalFeatures], verified: VerifiedMatches
) -> None:
    database = pycolmap.Database.open(file)
    with pycolmap.DatabaseTransaction(database):
        for camera_id in sorted(model.cameras):
            database.write_camera(model.cameras[camera_id], use_camera_id=True)
            database.write_rig(model.rig(camera_id), use_rig_id=True)
        for index, found in enumerate(features):
            image = model.image(index + 1)
            bare = pycolmap.Image(name=image.name, camera_id=image.camera_id, image_id=index + 1)
            database.write_image(bare, use_image_id=True)
            database.write_frame(model.frame(index + 1), use_frame_id=True)
            database.write_keypoints(index + 1, colmap_from_uv(found.uv).astype(np.float32))
        for (i, j), matches in verified.matches.items():
            geometry = pycolmap.TwoViewGeometry()
            geometry.config = pycolmap.TwoViewGeometryConfiguration.CALIBRATED
            geometry.inlier_matches = matches
            database.write_matches(i + 1, j + 1, matches)
            database.write_two_view_geometry(i + 1, j + 1, geometry)
    database.close()
