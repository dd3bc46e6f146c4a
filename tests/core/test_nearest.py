"""The nearest name for an unknown one, wherever a name is given: config, method, source, model."""

from __future__ import annotations

from pathlib import Path

import pytest

from reloc import plugins
from reloc.config import from_mapping
from reloc.errors import ConfigError, ModelNotFoundError, PluginError
from reloc.localizers.exrenet_features import ExReNetFeaturesConfig
from reloc.localizers.features import FeaturesConfig
from reloc.maps.source import SourceOptions, open_source
from reloc.models import store
from reloc.nearest import did_you_mean, nearest
from reloc.trust.gate_config import GateConfig


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("look", ("looks", "drift"), "looks"),
        ("gate.look", ("gate.looks", "gate.looks_most", "seed.attempts"), "gate.looks"),
        ("MAX-RATIO", ("max_ratio", "max_rival"), "max_ratio"),
        ("exrenet+featurs", ("exrenet", "exrenet_features", "features"), "exrenet_features"),
        ("--whatever", ("--rate", "--image-topic"), ""),
        ("x", ("looks",), ""),
        ("", ("looks",), ""),
        ("looks", (), ""),
    ],
)
def test_nearest(name: str, known: tuple[str, ...], found: str) -> None:
    assert nearest(name, known) == found
    assert did_you_mean(name, known) == (f"Did you mean {found!r}?" if found else "")


@pytest.mark.parametrize(
    ("config", "values", "says"),
    [
        (GateConfig, {"look": 3}, "no parameter 'look'. Did you mean 'looks'?"),
        (FeaturesConfig, {"threshold": 1.0}, "It has: candidates"),
        (FeaturesConfig, {"max_errorpx": 1.0}, "Did you mean 'max_error_px'?"),
        (ExReNetFeaturesConfig, {"max_ration": 1.0}, "Did you mean 'max_ratio'?"),
        (SourceOptions, {"poses_of": "colours"}, "Did you mean 'colour'?"),
    ],
)
def test_a_config_offers_the_nearest(config: type, values: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_mapping(config, values)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("package", "name", "offered"),
    [
        ("reloc.localizers", "featurs", "features"),
        ("reloc.localizers", "exrenet+feature", "exrenet_features"),
        ("reloc.localizers", "sift5pt", "sift_5pt"),
        ("reloc.retrieval", "dense_vlad", "densevlad"),
        ("reloc.backends", "tensor_rt", "tensorrt"),
        ("reloc.kidnap.disturbances", "upsidedown", "upside_down"),
    ],
)
def test_plugins_offer_the_nearest_of_each_kind(package: str, name: str, offered: str) -> None:
    with pytest.raises(PluginError) as caught:
        plugins.load(package, name)
    assert f"Did you mean {offered!r}? There are: " in str(caught.value)


def test_sources_and_models_offer_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match=r"No source is named '7scene'. Did you mean '7scenes'\? There are: "):
        open_source("7scene", tmp_path)
    (tmp_path / "pose-net").mkdir()
    (tmp_path / "pose-net" / "model.json").write_text("{}")
    monkeypatch.setenv(store.VARIABLE, str(tmp_path))
    with pytest.raises(ModelNotFoundError, match=r"no model 'posenett'. Did you mean 'pose-net'\?"):
        store.find("posenett")
