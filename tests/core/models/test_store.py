import os

import pytest
from support.onnx_models import small_model

from reloc.errors import ModelNotFoundError
from reloc.models import store


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder of models that is searched."""
    place = tmp_path / "nets"
    monkeypatch.setenv(store.VARIABLE, str(place))
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    small_model(place / "kitchen", "float32")
    (place / "no_model").mkdir()
    return place


def test_by_name_and_by_folder(place, tmp_path, monkeypatch):
    assert store.find("kitchen") == place / "kitchen"
    assert store.find(place / "kitchen") == place / "kitchen"
    monkeypatch.chdir(tmp_path)
    assert store.find("nets/kitchen") == place / "kitchen"
    assert place / "kitchen" in store.available()


def test_the_first_place_wins(place, tmp_path, monkeypatch):
    small_model(tmp_path / "more" / "kitchen", "float32")
    small_model(tmp_path / "more" / "hall", "float32")
    monkeypatch.setenv(store.VARIABLE, os.pathsep.join([str(place), str(tmp_path / "more"), str(tmp_path / "none")]))
    assert store.find("kitchen") == place / "kitchen"
    assert store.find("hall") == tmp_path / "more" / "hall"
    assert [path.name for path in store.available()].count("kitchen") == 1


def test_models_of_installed_packages(place, tmp_path, monkeypatch):
    installed = tmp_path / "install" / "share" / "reloc" / "models" / "lab"
    small_model(installed, "float32")
    monkeypatch.setenv("AMENT_PREFIX_PATH", os.pathsep.join([str(tmp_path / "nothing"), str(tmp_path / "install")]))
    assert store.find("lab") == installed


def test_the_models_of_the_checkout_are_found(root):
    assert root / "models" in store.places()


@pytest.mark.parametrize("name", ["hall", "no_model", "", ".", "nets/hall", "/nowhere/at/all"])
def test_what_is_not_there_is_said_with_what_is(place, name):
    with pytest.raises(ModelNotFoundError, match=r"no model.*There are: .*kitchen.*RELOC_MODELS"):
        store.find(name)
