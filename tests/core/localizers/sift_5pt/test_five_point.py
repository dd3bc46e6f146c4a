import numpy as np
import pytest

from reloc.geometry.cameras import Camera
from reloc.geometry.relative_pose import Scale
from reloc.geometry.transforms import inverse, make, rotation_angle_between, so3_exp, transform
from reloc.localizers.sift_5pt.five_point import FivePoint, FivePointConfig, PairView

CAMERA = Camera(640, 480, 500.0, 500.0, 319.5, 239.5)


def pair(outliers: float = 0.0, count: int = 120, seed: int = 0) -> tuple[PairView, PairView, np.ndarray]:
    """Two views of random points with shared descriptors; the query's pose relative to the reference."""
    rng = np.random.default_rng(seed)
    xyz_in_ref = rng.uniform([-2, -1.5, 3], [2, 1.5, 8], (count, 3))
    ref_from_cam = make(so3_exp([0.05, -0.2, 0.1]), [0.6, -0.1, 0.3])
    uv_ref = CAMERA.project(xyz_in_ref)
    uv_query = CAMERA.project(transform(inverse(ref_from_cam), xyz_in_ref))
    wrong = rng.random(count) < outliers
    uv_query[wrong] = rng.uniform(0, 480, (int(wrong.sum()), 2))
    descriptors = rng.normal(size=(count, 128)).astype(np.float32)
    descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
    return PairView(uv_query, descriptors, CAMERA), PairView(uv_ref, descriptors, CAMERA), ref_from_cam


@pytest.mark.parametrize("outliers", [0.0, 0.3])
def test_direction_and_rotation(outliers: float) -> None:
    query, reference, ref_from_cam = pair(outliers)
    found = FivePoint().estimate(query, reference)
    assert found is not None
    direction = ref_from_cam[:3, 3] / np.linalg.norm(ref_from_cam[:3, 3])
    assert found.relative.ref_from_cam[:3, 3] @ direction > 0
    assert np.degrees(np.arcsin(np.linalg.norm(np.cross(found.relative.ref_from_cam[:3, 3], direction)))) < 0.1
    assert np.degrees(rotation_angle_between(found.relative.ref_from_cam, ref_from_cam)) < 0.05
    assert found.relative.scale is Scale.UNKNOWN
    assert len(found.inliers_in_query) == found.relative.inliers >= 0.9 * (1 - outliers) * 120


def test_more_inliers_are_surer() -> None:
    many, few = (FivePoint().estimate(*pair(count=n)[:2]) for n in (200, 40))
    assert many is not None
    assert few is not None
    assert many.relative.uncertainty < few.relative.uncertainty


def test_chance_matches_give_nothing() -> None:
    query, reference, _ = pair(outliers=1.0, count=60)
    assert FivePoint(FivePointConfig(min_inliers=20)).estimate(query, reference) is None


def test_too_few_matches_give_nothing() -> None:
    query, reference, _ = pair(count=10)
    assert FivePoint().estimate(query, reference) is None
