import numpy as np
import pytest
import torch

from reloc.networks.posenet import PoseNetNetwork
from reloc.training.dropout import dropout_masks
from reloc.training.posenet.outputs import POSENET_OUTPUTS, PoseNetOutputs


@pytest.fixture(scope="module")
def posenet():
    torch.manual_seed(1)
    network = PoseNetNetwork(width=0.1, dropout=0.4, side=64).eval()
    network.centre.copy_(torch.tensor([10.0, -4.0, 1.0]))
    network.extent.fill_(3.0)
    torch.nn.init.normal_(network.log_variance.weight, std=0.01)
    return network


@pytest.fixture(scope="module")
def image():
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8))


def test_metres_and_unit_quaternions(posenet, image):
    with torch.no_grad():
        given = dict(zip(POSENET_OUTPUTS, PoseNetOutputs(posenet, 10, seed=1)(image), strict=True))
        (main, *_), log_variance, feature = posenet(image)
    torch.testing.assert_close(given["position"], posenet.centre + posenet.extent * main.position)
    torch.testing.assert_close(given["rotation"], torch.nn.functional.normalize(main.rotation, dim=1))
    torch.testing.assert_close(given["feature"], feature)
    wanted = log_variance + 2 * torch.log(torch.tensor([3.0, 1.0]))
    torch.testing.assert_close(given["log_variance"], wanted)
    assert given["position_samples"].shape == (3, 10, 3)
    torch.testing.assert_close(given["rotation_samples"].norm(dim=2), torch.ones(3, 10))


def test_the_samples_mean_is_the_answer_without_dropout(posenet, image):
    with torch.no_grad():
        given = dict(zip(POSENET_OUTPUTS, PoseNetOutputs(posenet, 10, seed=1)(image), strict=True))
    torch.testing.assert_close(given["position_samples"].mean(1), given["position"], atol=1e-4, rtol=0)
    assert given["position_samples"].std(1).min() > 0


def test_a_sample_is_what_dropout_in_training_gives(posenet, image):
    """The same mask, applied to the feature as torch's dropout does."""
    masks = torch.from_numpy(dropout_masks(10, posenet.feature.out_features, 0.4, seed=1))
    with torch.no_grad():
        given = dict(zip(POSENET_OUTPUTS, PoseNetOutputs(posenet, 10, seed=1)(image), strict=True))
        dropped = posenet.regressor(given["feature"] * masks[4])
    torch.testing.assert_close(
        given["position_samples"][:, 4], posenet.centre + posenet.extent * dropped.position, atol=1e-4, rtol=1e-5
    )


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_every_feature_is_dropped_equally_often(share):
    masks = dropout_masks(40, 300, share, seed=2)
    np.testing.assert_allclose(masks.mean(axis=0), 1.0, rtol=1e-6)
    assert (masks == 0).mean() == pytest.approx(share, abs=0.03)
    if share:
        assert not np.array_equal(masks[0], masks[1])
