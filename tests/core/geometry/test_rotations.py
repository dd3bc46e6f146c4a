"""Conversions of many rotations, none among them: SciPy of Ubuntu 24.04 raises for empty arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import reloc
from reloc.geometry import rotations
from reloc.geometry.interpolation import interpolate_poses
from reloc.geometry.rotation_averaging import midway
from reloc.geometry.transforms import so3_exp
from reloc.localizers.camnet.stages import poses_of
from reloc.localizers.exrenet.pair_estimates import PairEstimates
from reloc.training.calibration import pose_errors

VECTORS = np.random.default_rng(3).normal(0.0, 1.0, (4, 5, 3))
MATRICES = np.stack([so3_exp(v) for v in VECTORS.reshape(-1, 3)]).reshape(4, 5, 3, 3)
Convert = Callable[[Any], np.ndarray]
CONVERSIONS: dict[str, tuple[Convert, tuple[int, ...], tuple[int, ...]]] = {
    "rotvecs_from_matrices": (rotations.rotvecs_from_matrices, (3, 3), (3,)),
    "matrices_from_rotvecs": (rotations.matrices_from_rotvecs, (3,), (3, 3)),
    "matrices_from_quaternions": (rotations.matrices_from_quaternions, (4,), (3, 3)),
    "quaternions_from_matrices": (rotations.quaternions_from_matrices, (3, 3), (4,)),
    "angles_of_matrices": (rotations.angles_of_matrices, (3, 3), ()),
    "angles_between_quaternions": (lambda a: rotations.angles_between_quaternions(a, a), (4,), ()),
}


@pytest.fixture(params=["this SciPy", "one that raises for empty arrays"])
def scipy_of(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test a second time with a class that raises as SciPy 1.11 does, so that any SciPy shows the fault."""
    if request.param == "this SciPy":
        return

    def strict(name: str) -> Callable[..., Rotation]:
        def make(values: np.ndarray) -> Rotation:
            if len(values) == 0:
                raise ValueError("Invalid shape in axis 0: 0.")
            return getattr(Rotation, name)(values)

        return make

    names = ("from_matrix", "from_rotvec", "from_quat")
    monkeypatch.setattr(rotations, "Rotation", SimpleNamespace(**{name: strict(name) for name in names}))


@pytest.mark.parametrize("name", CONVERSIONS)
@pytest.mark.parametrize("leading", [(0,), (0, 5), (3, 0), (2, 0, 4)])
@pytest.mark.usefixtures("scipy_of")
def test_nothing_becomes_nothing(name: str, leading: tuple[int, ...]) -> None:
    convert, item, result = CONVERSIONS[name]
    found = convert(np.zeros((*leading, *item)))
    assert found.shape == (*leading, *result)
    assert found.dtype == np.float64


@pytest.mark.parametrize("name", CONVERSIONS)
def test_another_shape_is_refused_also_if_empty(name: str) -> None:
    convert, item, _ = CONVERSIONS[name]
    for shape in ((0, 2), (2, *item[:-1], item[-1] + 1), (0, *item[:-1], item[-1] + 1), (0,)):
        with pytest.raises(ValueError, match="shape"):
            convert(np.zeros(shape))


def test_there_and_back_with_any_leading_axes() -> None:
    for index in (np.s_[0, 0], np.s_[0], np.s_[:]):
        matrices = MATRICES[index]
        vectors = rotations.rotvecs_from_matrices(matrices)
        np.testing.assert_allclose(rotations.matrices_from_rotvecs(vectors), matrices, atol=1e-12)
        quaternions = rotations.quaternions_from_matrices(matrices)
        assert (quaternions[..., 3] >= 0.0).all()
        np.testing.assert_allclose(rotations.matrices_from_quaternions(-2.0 * quaternions), matrices, atol=1e-12)
        angles = rotations.angles_of_matrices(matrices)
        np.testing.assert_allclose(angles, np.linalg.norm(vectors, axis=-1), atol=1e-12)


def test_angles_between() -> None:
    one, other = rotations.quaternions_from_matrices(MATRICES[0]), rotations.quaternions_from_matrices(MATRICES[1])
    relative = np.swapaxes(MATRICES[1], 1, 2) @ MATRICES[0]
    found = rotations.angles_between_quaternions(one, -3.0 * other)
    np.testing.assert_allclose(found, rotations.angles_of_matrices(relative), atol=1e-12)


@pytest.mark.usefixtures("scipy_of")
class TestCallersThatMayHaveNone:
    """Each of these was, or could be, called with nothing to convert."""

    def test_interpolation_where_no_time_has_a_pose(self) -> None:
        poses, valid = interpolate_poses([0, 10], np.stack([np.eye(4)] * 2), [20, 30], max_gap_s=1.0)
        assert not valid.any()
        assert np.isnan(poses).all()

    def test_midway_of_no_pairs(self) -> None:
        assert midway(np.zeros((0, 3, 3)), np.zeros((0, 3, 3))).shape == (0, 3, 3)

    def test_no_answer_of_a_regressor(self) -> None:
        assert poses_of(np.zeros((0, 7), np.float32), np.zeros((0, 4, 4))).shape == (0, 4, 4)

    def test_no_pair_of_references(self) -> None:
        outputs = {"direction_samples": np.ones((2, 5, 3)), "rotation_samples": np.ones((2, 5, 4))}
        estimates = PairEstimates.of(outputs | {"scale_samples": np.ones((2, 5))}, count=0)
        assert estimates.rotation.shape == (0, 5, 3, 3)
        assert estimates.relative_poses() == []

    def test_errors_of_no_answers(self) -> None:
        assert pose_errors(np.zeros((0, 4, 4)), np.zeros((0, 4, 4))).shape == (0, 6)


def test_nothing_else_in_the_core_uses_scipys_class() -> None:
    """What does not go through `rotations` would raise for empty input beside an apt ROS."""
    folder = Path(reloc.__file__).parent
    users = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Import, ast.ImportFrom)) and "spatial.transform" in ast.unparse(node)
    }
    assert users == {"geometry/rotations.py"}
