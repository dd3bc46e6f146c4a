"""Rigid transforms: algebra, and the exponential map at its two hard places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.errors import PoseError
from reloc.geometry import transforms as tf

metres = st.floats(-50, 50)
units = st.floats(-1, 1)


@st.composite
def axes(draw: st.DrawFn) -> np.ndarray:
    v = np.array([draw(units) for _ in range(3)])
    return v / np.linalg.norm(v) if np.linalg.norm(v) > 0.1 else np.array([0.0, 0.0, 1.0])


# Angles everywhere, and dense where series take over and where the axis becomes ambiguous.
angles = st.one_of(
    st.floats(0, np.pi), st.floats(0, 1e-5), st.floats(0, 1e-8).map(lambda x: np.pi - x), st.just(0.0), st.just(np.pi)
)


@st.composite
def poses(draw: st.DrawFn) -> np.ndarray:
    return tf.make(tf.so3_exp(draw(axes()) * draw(angles)), [draw(metres) for _ in range(3)])


@given(poses())
def test_inverse_undoes(b_from_a: np.ndarray) -> None:
    np.testing.assert_allclose(tf.inverse(b_from_a) @ b_from_a, np.eye(4), atol=1e-12)


@given(poses(), poses(), poses())
def test_composition_is_associative_and_inverts_in_reverse(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> None:
    np.testing.assert_allclose((a @ b) @ c, a @ (b @ c), atol=1e-9)
    np.testing.assert_allclose(tf.inverse(a @ b), tf.inverse(b) @ tf.inverse(a), atol=1e-9)


@given(poses(), poses())
def test_transform_composes(b_from_a: np.ndarray, c_from_b: np.ndarray) -> None:
    xyz_in_a = np.array([[0.0, 0, 0], [1, 2, 3], [-4, 0.5, 9]])
    there = tf.transform(c_from_b, tf.transform(b_from_a, xyz_in_a))
    np.testing.assert_allclose(there, tf.transform(c_from_b @ b_from_a, xyz_in_a), atol=1e-9)


def test_inverse_of_a_stack_and_of_integers() -> None:
    stack = np.stack([tf.make(tf.so3_exp([0.1, 0.2, i]), [i, 2, 3]) for i in range(3)])
    np.testing.assert_allclose(tf.inverse(stack) @ stack, np.broadcast_to(np.eye(4), (3, 4, 4)), atol=1e-12)
    whole = np.eye(4, dtype=np.int64)
    whole[:3, 3] = 1, 2, 3
    assert tf.inverse(whole).dtype == np.float64


@given(axes(), angles)
def test_exp_is_a_rotation_by_that_angle(axis: np.ndarray, angle: float) -> None:
    rotation = tf.so3_exp(axis * angle)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(rotation) > 0
    assert tf.angle(rotation) == pytest.approx(angle, abs=1e-7 if angle > 3 else 1e-12)
    np.testing.assert_allclose(rotation @ axis, axis, atol=1e-14)


@given(axes(), angles)
def test_log_inverts_exp(axis: np.ndarray, angle: float) -> None:
    rotation = tf.so3_exp(axis * angle)
    vector = tf.so3_log(rotation)
    assert np.linalg.norm(vector) <= np.pi + 1e-12
    np.testing.assert_allclose(tf.so3_exp(vector), rotation, atol=1e-12)
    if angle < np.pi - 1e-3:  # at pi both signs are right
        np.testing.assert_allclose(vector, axis * angle, atol=1e-11)


@given(poses())
def test_quaternion_round_trip(b_from_a: np.ndarray) -> None:
    xyzw = tf.to_quaternion(b_from_a)
    assert xyzw[3] >= 0
    assert np.linalg.norm(xyzw) == pytest.approx(1)
    np.testing.assert_allclose(tf.from_quaternion(xyzw, b_from_a[:3, 3]), b_from_a, atol=1e-12)
    np.testing.assert_allclose(tf.from_quaternion(-3 * xyzw, b_from_a[:3, 3]), b_from_a, atol=1e-12)


def test_quaternion_order_is_xyzw() -> None:
    half = np.sqrt(0.5)
    quarter_about_z = tf.rotation_from_quaternion([0, 0, half, half])
    np.testing.assert_allclose(quarter_about_z @ [1, 0, 0], [0, 1, 0], atol=1e-15)


@pytest.mark.parametrize("xyzw", [[0, 0, 0, 0], [np.nan, 0, 0, 1], [np.inf, 0, 0, 0]])
def test_no_rotation_from_a_bad_quaternion(xyzw: list[float]) -> None:
    with pytest.raises(PoseError, match="Quaternion"):
        tf.rotation_from_quaternion(xyzw)


def test_angle_and_distance_between() -> None:
    a = tf.make(tf.so3_exp([0, 0, 0.3]), [1, 0, 0])
    b = tf.make(tf.so3_exp([0, 0, 0.5]), [1, 3, 4])
    assert tf.rotation_angle_between(a, b) == pytest.approx(0.2)
    assert tf.distance_between(a, b) == pytest.approx(5)


def test_check_rigid_repairs_rounding() -> None:
    exact = tf.make(tf.so3_exp([0.4, -0.2, 1.0]), [1, 2, 3])
    repaired = tf.check_rigid(np.round(exact, 4), "frame 7")
    np.testing.assert_allclose(repaired[:3, :3] @ repaired[:3, :3].T, np.eye(3), atol=1e-14)
    assert tf.rotation_angle_between(exact, repaired) < 2e-4


@pytest.mark.parametrize(
    ("matrix", "says"),
    [
        (np.eye(3), "shape"),
        (np.full((4, 4), np.nan), "not finite"),
        (np.diag([1.0, 1, np.inf, 1]), "not finite"),
        (np.diag([1.0, 1, -1, 1]), "not a rotation"),  # a mirror
        (np.diag([1.1, 1.1, 1.1, 1]), "not a rotation"),  # a scale
        (np.zeros((4, 4)), "not a rotation"),
        (np.eye(4) + np.eye(4)[[3, 1, 2, 0]] * 0.5, "not a rotation"),
        (np.vstack([np.eye(4)[:3], [0, 0, 1, 1]]), "last row"),
    ],
)
def test_check_rigid_names_what_is_wrong(matrix: np.ndarray, says: str) -> None:
    with pytest.raises(PoseError, match=says) as caught:
        tf.check_rigid(matrix, "frame 7")
    assert "frame 7" in str(caught.value)


def test_angles_of_many_are_those_of_each() -> None:
    random = np.random.default_rng(5)
    poses = np.stack([tf.make(tf.so3_exp(random.normal(0, 1.5, 3)), np.zeros(3)) for _ in range(20)])
    wanted = [tf.rotation_angle_between(pose, poses[0]) for pose in poses]
    np.testing.assert_allclose(tf.rotation_angles_between(poses, poses[0]), wanted, atol=1e-7)
    wanted = [tf.rotation_angle_between(a, b) for a, b in zip(poses[1:], poses[:-1], strict=True)]
    np.testing.assert_allclose(tf.rotation_angles_between(poses[1:, :3, :3], poses[:-1]), wanted, atol=1e-7)
