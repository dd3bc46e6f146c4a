import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from reloc.errors import TrainingDataError
from reloc.geometry.transforms import inverse, make
from reloc.networks.exrenet import RelativeAnswer
from reloc.training.exrenet.pose_loss import RelativeTruth, pose_loss


def pose(degrees, shift):
    return make(Rotation.from_euler("y", degrees, degrees=True).as_matrix(), shift)


def truth(*poses):
    return RelativeTruth.of(np.stack(poses))


def answer(of):
    return RelativeAnswer(*(torch.from_numpy(a.copy()) for a in (of.direction, of.rotation, of.scale)))


def loss(given, wanted, mu=1.0, beta=1.0):
    targets = (torch.from_numpy(a.copy()) for a in (wanted.direction, wanted.rotation, wanted.scale))
    return pose_loss(given, *targets, mu, beta)


def test_what_is_regressed_is_the_papers_inverse_relative_pose():
    """-R^T t and R^T of query_from_ref, which "is also used in the triangulation step"."""
    query_from_ref = pose(20.0, [0.3, -0.2, 1.0])
    turn, shift = query_from_ref[:3, :3], query_from_ref[:3, 3]
    wanted = truth(inverse(query_from_ref))
    np.testing.assert_allclose(wanted.direction[0], -turn.T @ shift / np.linalg.norm(shift), atol=1e-6)
    np.testing.assert_allclose(Rotation.from_quat(wanted.rotation[0]).as_matrix(), turn.T, atol=1e-6)
    assert wanted.scale[0] == pytest.approx(np.linalg.norm(shift))
    assert (truth(*[pose(d, [0, 0, 1]) for d in (-179, -60, 60, 179)]).rotation[:, 3] >= 0).all()


def test_right_answers_cost_nothing():
    wanted = truth(pose(25.0, [0.3, 0.4, 0.0]), pose(-170.0, [0.0, 0.0, 2.0]))
    given = loss(answer(wanted), wanted)
    assert given["pose"].item() == pytest.approx(0.0, abs=1e-6)
    assert given["direction_deg"].item() == pytest.approx(0.0, abs=0.1)


def test_the_loss_is_the_papers():
    wanted = truth(pose(0.0, [0.5, 0.0, 0.0]))
    half = math.radians(30.0) / 2
    given = RelativeAnswer(
        torch.tensor([[0.0, 1.0, 0.0]]), torch.tensor([[0.0, math.sin(half), 0.0, math.cos(half)]]), torch.tensor([0.8])
    )
    turned = math.sin(half) + 1 - math.cos(half)
    result = loss(given, wanted, mu=3.0, beta=10.0)
    assert result["pose"].item() == pytest.approx(2.0 + 3.0 * turned + 10.0 * 0.3, rel=1e-5)
    assert result["direction_deg"].item() == pytest.approx(90.0, rel=1e-4)
    assert result["rotation_deg"].item() == pytest.approx(30.0, rel=1e-4)
    assert result["scale_m"].item() == pytest.approx(0.3, rel=1e-5)


def test_q_and_minus_q_are_one_rotation():
    wanted = truth(pose(179.0, [0.5, 0.0, 0.0]))
    given = answer(truth(pose(-179.0, [0.5, 0.0, 0.0])))  # two degrees off, w >= 0 on the other side
    assert loss(given, wanted)["pose"] < 0.05


def test_cameras_at_one_place_have_no_direction():
    together, apart = pose(10.0, [0.0, 0.0, 0.0]), pose(10.0, [0.0, 0.0, 1.0])
    wanted = truth(together, apart)
    given = answer(wanted)
    given.direction = torch.tensor([[7.0, 7.0, 7.0], [0.0, 0.0, 1.0]], requires_grad=True)
    result = loss(given, wanted)
    result["pose"].backward()
    assert result["pose"].item() == pytest.approx(0.0, abs=1e-6)
    assert not given.direction.grad[0].any()
    assert loss(answer(truth(together)), truth(together))["direction_deg"] == 0.0


def test_a_pose_that_is_no_number_is_an_error():
    with pytest.raises(TrainingDataError, match="not finite"):
        truth(np.full((4, 4), np.nan))
