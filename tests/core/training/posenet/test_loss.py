import math

import pytest
import torch
from scipy.spatial.transform import Rotation

from reloc.networks.posenet import Regressed
from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.posenet.loss import pose_loss, variance_loss
from reloc.training.quaternions import quaternion_error, rotation_angle

LEARNED, BETA = PoseNetTaskConfig(auxiliary=0.3), PoseNetTaskConfig(loss="beta", beta=100.0, auxiliary=0.3)
EXTENT = torch.tensor(2.0)  # metres a unit


def quaternion(degrees):
    return torch.tensor(Rotation.from_euler("z", degrees, degrees=True).as_quat()[None], dtype=torch.float32)


def outputs(position, rotation, weights=(0.0, -3.0)):
    pose = Regressed(torch.tensor([position]), rotation)
    return [pose, pose, pose], torch.zeros(1, 2), torch.zeros(1, 8), torch.tensor(weights)


def test_q_and_minus_q_are_one_rotation():
    assert rotation_angle(-3.0 * quaternion(20.0), quaternion(20.0)).item() == pytest.approx(0.0, abs=1e-5)
    torch.testing.assert_close(
        quaternion_error(-quaternion(30.0), quaternion(20.0)).abs(),
        quaternion_error(quaternion(30.0), quaternion(20.0)).abs(),
    )


@pytest.mark.parametrize("degrees", [0.5, 10.0, 170.0])
def test_angle_is_that_between_the_rotations(degrees):
    assert math.degrees(rotation_angle(quaternion(degrees), quaternion(0.0)).item()) == pytest.approx(degrees, rel=1e-3)


def test_the_papers_loss_is_metres_and_beta_times_the_quaternions_error():
    given = pose_loss(BETA, outputs([0.3, 0.4, 0.0], quaternion(10.0)), torch.zeros(1, 3), quaternion(0.0), EXTENT)
    chord = 2 * math.sin(math.radians(10.0) / 4)
    variance = given["variance"]
    assert (given["loss"] - variance).item() == pytest.approx(1.6 * (2.0 * 0.5 + 100.0 * chord), rel=1e-4)
    assert given["metres"].item() == pytest.approx(1.0, rel=1e-5)
    assert given["degrees"].item() == pytest.approx(10.0, rel=1e-3)


def test_learned_weights_have_their_best_at_the_size_of_the_errors():
    """d/ds (e exp(-s) + s) = 0 at s = ln e: Kendall and Cipolla 2017, equation 7."""

    def loss(weight):
        given = outputs([0.3, 0.4, 0.0], quaternion(0.0), (weight, 0.0))
        return pose_loss(LEARNED, given, torch.zeros(1, 3), quaternion(0.0), EXTENT)["loss"].item()

    best = math.log(0.7)  # the L1 norm of the error
    assert loss(best) < loss(best - 0.2)
    assert loss(best) < loss(best + 0.2)


def test_right_answers_cost_least():
    def right(c):
        return pose_loss(c, outputs([0.0, 0.0, 0.0], quaternion(0.0)), torch.zeros(1, 3), quaternion(0.0), EXTENT)

    def wrong(c):
        return pose_loss(c, outputs([0.1, 0.0, 0.0], quaternion(5.0)), torch.zeros(1, 3), quaternion(0.0), EXTENT)

    for config in (LEARNED, BETA):
        assert right(config)["loss"] < wrong(config)["loss"]


def test_the_best_log_variance_is_that_of_the_errors():
    random = torch.Generator().manual_seed(1)
    off, angle = (
        0.2 * torch.randn(4000, 3, generator=random),
        (0.1 * torch.randn(4000, 3, generator=random)).norm(dim=1),
    )
    best = torch.tensor([2 * math.log(0.2), 2 * math.log(0.1)]).expand(4000, 2)
    least = variance_loss(best, off, angle)
    for shift in (-0.3, 0.3):
        assert least < variance_loss(best + shift, off, angle)


def test_errors_do_not_learn_from_the_variance():
    position = torch.zeros(1, 3, requires_grad=True)
    pose = Regressed(position, quaternion(0.0).requires_grad_())
    log_variance = torch.zeros(1, 2, requires_grad=True)
    given = pose_loss(
        LEARNED,
        ([pose], log_variance, torch.zeros(1, 8), torch.zeros(2)),
        2 * torch.ones(1, 3),
        quaternion(0.0),
        EXTENT,
    )
    given["loss"].backward()
    assert position.grad is not None
    assert position.grad.abs().max() <= 1.0 + 1e-6  # that of the L1 norm alone
    assert log_variance.grad.abs().min() > 0
