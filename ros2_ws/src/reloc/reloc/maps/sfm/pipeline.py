"""Structure from motion by COLMAP: features, matches, mapper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SfmError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.geometry.colmap_convention import camera_from_colmap, colmap_from_camera
from reloc.maps.building import colmap_model
from reloc.maps.progress import Progress
from reloc.maps.sfm.piece import SfmPiece

STEP = "sfm"
MODEL = "SIMPLE_RADIAL"  # of an unknown camera: focal length and one coefficient of distortion
EXHAUSTIVE = 60  # fewer images are all matched with each other
_SEED = 1
_POLL_S = 0.2
_FIX = "Film slowly, turn while walking rather than on the spot, and overlap views by more than half"


def reconstruct(
    folder: Path,
    names: Sequence[str],
    camera: Camera | None,
    *,
    in_order: bool,
    overlap: int = 12,
    mapper: str = "incremental",
    progress: Progress,
) -> list[SfmPiece]:
    """Return the pieces of a reconstruction, the largest first.

    Args:
        folder: has the images ``names`` in ``images/``; COLMAP writes its database beside them.
        camera: of all images; None: it is estimated, one for all.
        in_order: whether neighbors in ``names`` show the same place, as in a video.
        overlap: each image is matched with this many that follow, if they are in order.
        mapper: ``incremental`` or ``global``.
        progress: is told the finished one of four parts.

    Raises:
        SfmError: nothing was found.
        DependencyError: pycolmap is not installed.
        StorageError: COLMAP could not write.
    """
    pycolmap = colmap_model.pycolmap()
    database, images = folder / "database.db", folder / "images"
    progress(STEP, 0, 3)
    with colmap_model.quiet(), colmap_model.named_errors(folder):
        pycolmap.set_random_seed(_SEED)
        _extract(pycolmap, database, images, names, camera)
        progress(STEP, 1, 3)
        if in_order and len(names) > EXHAUSTIVE:
            pairing = pycolmap.SequentialPairingOptions()
            pairing.overlap, pairing.quadratic_overlap = overlap, True
            _cancellable(pycolmap.match_sequential, database, pairing_options=pairing)
        else:
            _cancellable(pycolmap.match_exhaustive, database)
        progress(STEP, 2, 3)
        models = _map(pycolmap, database, images, folder / "sparse", camera, mapper)
        pieces = [_piece(pycolmap, model, names, camera) for model in models if model.num_reg_images() >= 2]
    progress(STEP, 3, 3)
    if not pieces:
        raise SfmError(f"No two of {len(names)} images could be joined", _FIX)
    return sorted(pieces, key=lambda piece: -len(piece.images))


def _extract(pycolmap: Any, database: Path, images: Path, names: Sequence[str], camera: Camera | None) -> None:
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model = MODEL
    if camera is not None:
        reader.camera_model, numbers = colmap_from_camera(camera)
        reader.camera_params = ",".join(repr(float(number)) for number in numbers)
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.max_image_size = 1600
    extraction.sift.max_num_features = 4096
    _cancellable(
        pycolmap.extract_features,
        database,
        images,
        image_names=list(names),
        camera_mode=pycolmap.CameraMode.SINGLE,
        reader_options=reader,
        extraction_options=extraction,
        device=pycolmap.Device.cpu,
    )


def _map(pycolmap: Any, database: Path, images: Path, out: Path, camera: Camera | None, mapper: str) -> list[Any]:
    out.mkdir()
    if mapper == "global":
        options = pycolmap.GlobalPipelineOptions()
        options.random_seed = _SEED
        return list(pycolmap.global_mapping(database, images, out, options).values())
    options = pycolmap.IncrementalPipelineOptions()
    options.random_seed, options.extract_colors = _SEED, False
    options.min_model_size = 3
    if camera is not None:
        options.ba_refine_focal_length = options.ba_refine_extra_params = options.ba_refine_principal_point = False
    return list(_cancellable(pycolmap.incremental_mapping, database, images, out, options).values())


def _cancellable(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call COLMAP in a thread, so that Ctrl-C ends it: COLMAP itself does not notice the signal for minutes."""
    token = colmap_model.pycolmap().CancellationToken()
    with ThreadPoolExecutor(1) as pool:
        try:
            running = pool.submit(call, *arguments, cancellation_token=token, **options)
            while not wait([running], _POLL_S).done:
                pass
        except BaseException:
            token.cancel()
            raise
        return running.result()


def _piece(pycolmap: Any, model: Any, names: Sequence[str], camera: Camera | None) -> SfmPiece:
    number_of = {name: i for i, name in enumerate(names)}
    found = sorted((number_of[i.name], i) for i in model.images.values() if i.has_pose and i.name in number_of)
    rows = [np.vstack([image.cam_from_world().matrix(), [0.0, 0.0, 0.0, 1.0]]) for _, image in found]
    poses = transforms.inverse(np.array(rows))
    points = np.array([p.xyz for p in model.points3D.values()], dtype=np.float64).reshape(-1, 3)
    cameras = {}
    for number, told in model.cameras.items():
        made = camera_from_colmap(told.model.name, told.width, told.height, list(told.params))
        cameras[number] = camera or made
    return SfmPiece(
        tuple(number for number, _ in found),
        poses,
        tuple(cameras[image.camera_id] for _, image in found),
        points,
        _median_depth(model, [image for _, image in found]),
        float("nan") if camera is not None else focal_sigma(pycolmap, model),
        float(model.compute_mean_reprojection_error()),
    )


def _median_depth(model: Any, found: Sequence[Any]) -> float:
    depths: list[Float64] = []
    for image in found[:: max(1, len(found) // 50)]:
        ids = [p.point3D_id for p in image.points2D if p.has_point3D()]
        if ids:
            xyz = np.array([model.points3D[i].xyz for i in ids])
            depths.append(transforms.transform(np.vstack([image.cam_from_world().matrix(), [0, 0, 0, 1]]), xyz)[:, 2])
    return float(np.median(np.concatenate(depths))) if depths else 1.0


def focal_sigma(pycolmap: Any, model: Any) -> float:
    """Return one standard deviation of the first camera's focal length in pixels, from the covariance of the bundle
    adjustment and the residuals' own scatter; NaN if it cannot be computed.
    """
    config = pycolmap.BundleAdjustmentConfig()
    for number, image in model.images.items():
        if image.has_pose:
            config.add_image(number)
    config.fix_gauge(pycolmap.BundleAdjustmentGauge.TWO_CAMS_FROM_WORLD)
    options = pycolmap.BundleAdjustmentOptions()
    options.print_summary = False
    adjuster = pycolmap.create_default_ceres_bundle_adjuster(options, config, model)
    adjuster.solve()
    wanted = pycolmap.BACovarianceOptions()
    wanted.params = pycolmap.BACovarianceOptionsParams.ALL
    covariance = pycolmap.estimate_ba_covariance(wanted, model, adjuster)
    first = next(iter(model.cameras.values()))
    block = None if covariance is None else covariance.get_other_params_cov(first.params)
    if block is None or not len(block):
        return float("nan")
    # COLMAP's covariance is of residuals of one pixel; theirs are smaller or larger.
    scatter = model.compute_mean_reprojection_error() / np.sqrt(np.pi / 2)
    variance = float(block[0, 0]) * scatter**2
    return float(np.sqrt(variance)) if variance > 0 else float("nan")
