"""Every kind of local features: one interface, found by file."""

import numpy as np
import pytest
from support.tiny_points import tiny_points
from support.tiny_xfeat import tiny_xfeat

from reloc import plugins
from reloc.config import from_mapping
from reloc.datatypes import LocalFeatures
from reloc.errors import ModelFormatError, ModelNotFoundError, PluginError
from reloc.features import extractor as family
from reloc.features.descriptors import as_signed_bytes, as_unit
from reloc.models import store
from reloc.models.model import Model


def board(height=240, width=320, seed=0):
    """Gray rectangles: corners."""
    random, image = np.random.default_rng(seed), np.full((height, width), 120, np.uint8)
    for _ in range(60):
        v, u, a, b = random.integers(0, height), random.integers(0, width), *random.integers(5, 50, 2)
        image[v : v + a, u : u + b] = random.integers(0, 256)
    return image


@pytest.fixture(scope="module")
def network():
    """A network with random weights: it finds something everywhere, which is enough here."""
    return Model.open(tiny_points())


MODELS = {"rootsift": None, "points": tiny_points, "xfeat": tiny_xfeat}  # random weights


@pytest.fixture(scope="module", params=MODELS)
def opened(request):
    """An extractor of each kind, and its configuration."""
    plugin, make = family.kind(request.param), MODELS[request.param]
    config = from_mapping(plugin.Config, {"model": str(make())} if make else {})
    return plugin.open(config), config


def test_all_kinds_are_tested_here():
    assert set(plugins.names(family.FEATURES)) == set(MODELS)


def test_what_is_found_is_as_declared(opened):
    extractor = opened[0]
    found = extractor.extract(board())
    assert isinstance(found, LocalFeatures)
    assert len(found) > 20
    assert found.descriptors.shape == (len(found), extractor.width)
    assert found.descriptors.dtype == extractor.dtype
    assert found.uv.min() >= 0
    assert (found.uv.max(axis=0) <= (319, 239)).all()
    np.testing.assert_allclose(np.linalg.norm(as_unit(found.descriptors), axis=1), 1.0, atol=0.05)
    if found.score is not None:
        assert (np.diff(found.score) <= 0).all()


def test_the_same_image_gives_the_same(opened):
    extractor = opened[0]
    one, two = (extractor.extract(board()) for _ in range(2))
    np.testing.assert_array_equal(one.uv, two.uv)
    np.testing.assert_array_equal(one.descriptors, two.descriptors)


def test_the_caller_keeps_what_was_found(opened):
    """The network's buffers are its own."""
    extractor = opened[0]
    found = extractor.extract(board())
    before = found.uv.copy(), found.descriptors.copy()
    extractor.extract(board(seed=3))
    np.testing.assert_array_equal(found.uv, before[0])
    np.testing.assert_array_equal(found.descriptors, before[1])


@pytest.mark.parametrize("shape", [(16, 16), (1, 200), (700, 500), (480, 1920), (37, 41)])
def test_images_of_any_size_are_taken(opened, shape):
    found = opened[0].extract(board(*shape))
    if len(found):
        assert (found.uv >= -0.5).all()
        assert (found.uv <= (shape[1] - 0.5, shape[0] - 0.5)).all()


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_a_blank_image_raises_nothing(opened, gray):
    opened[0].extract(np.full((240, 320), gray, np.uint8))


def test_the_identity_is_that_of_model_and_settings(opened):
    extractor, config = opened
    told = family.identity(extractor, config)
    assert told["name"] == extractor.name
    assert told["width"] == extractor.width
    assert told == family.identity(extractor, config)
    fewer = from_mapping(extractor.Config, told["settings"] | {"max_features": 77})
    assert family.identity(extractor, fewer)["hash"] != told["hash"]


def test_few_are_the_strongest(network):
    plugin = family.kind("points")
    all_of_them = plugin.open(plugin.Config(model=str(network.path))).extract(board())
    few = plugin.open(plugin.Config(model=str(network.path), max_features=64)).extract(board())
    np.testing.assert_array_equal(few.uv, all_of_them.uv[:64])
    sure = plugin.open(plugin.Config(model=str(network.path), min_score=float(all_of_them.score[10])))
    assert len(sure.extract(board())) in range(10, 13)


def test_places_are_in_the_pixels_of_a_larger_image(network):
    plugin = family.kind("points")
    extractor = plugin.open(plugin.Config(model=str(network.path)))
    small = board(256, 320)
    large = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    one, two = extractor.extract(small), extractor.extract(large)
    np.testing.assert_allclose(two.uv, (one.uv + 0.5) * 2 - 0.5, atol=1e-3)


def test_a_model_of_another_kind_is_refused(network, tmp_path):
    plugin = family.kind("points")
    with pytest.raises(ModelNotFoundError):
        plugin.open(plugin.Config(model=str(tmp_path / "nothing")))
    with pytest.raises(ModelFormatError, match="no network of local features"):
        plugin.open(plugin.Config(model="posenet-demo"))


def test_a_network_that_does_not_ship_says_how_to_make_it(monkeypatch):
    monkeypatch.setattr(store, "places", lambda: ())
    plugin = family.kind("xfeat")
    with pytest.raises(ModelNotFoundError, match=r"There is no model 'xfeat'.*`reloc models import xfeat` makes it"):
        plugin.open(plugin.Config())


def test_only_what_a_network_gives_is_in_the_features(opened):
    found = opened[0].extract(board())
    assert (found.place is not None) == (opened[0].name == "points")


def test_an_unknown_kind_names_those_there_are():
    with pytest.raises(PluginError, match="rootsift"):
        family.kind("surf")
    for helper in ("matching", "descriptors", "extractor", "network", "by_network", "dense_rootsift"):
        with pytest.raises(PluginError):
            family.kind(helper)


def test_bytes_keep_descriptors():
    random = np.random.default_rng(0)
    unit = random.standard_normal((500, 64)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    np.testing.assert_allclose(as_unit(as_signed_bytes(unit)), unit, atol=0.5 / 256 + 1e-6)


def test_numbers_that_are_none_are_no_key_points(network, monkeypatch):
    plugin = family.kind("points")
    extractor = plugin.open(plugin.Config(model=str(network.path)))
    whole = extractor.extract(board())
    session = extractor._network._session
    run = session.run

    def broken(batch):
        answer = {name: array.copy() for name, array in run(batch).items()}
        answer["descriptor"][0, ::2] = np.nan
        answer["shift"][0, 1] = np.inf
        answer["place"][...] = np.nan
        return answer

    monkeypatch.setattr(session, "run", broken)
    found = extractor.extract(board())
    assert 0 < len(found) < len(whole)
    assert np.isfinite(found.uv).all()
    assert np.isfinite(extractor._network.look(board())[3]).all()
