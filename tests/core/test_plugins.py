"""Plugins: a file in a folder is all it takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reloc import plugins
from reloc.errors import DependencyError, PluginError

FILES = {
    "__init__.py": "NOT_PLUGINS = ('helpers', 'shared')\n",
    "good.py": "class Good: pass\nPLUGIN = Good\n",
    "two_words.py": "PLUGIN = 'two words'\n",
    "heavy.py": "import a_package_that_nobody_has\nPLUGIN = 1\n",
    "half.py": "import no_such_parent.child\nPLUGIN = 1\n",
    "stale.py": "from json import a_name_it_lost\nPLUGIN = 1\n",
    "forgetful.py": "class Forgotten: pass\n",
    "broken.py": "PLUGIN = 1 / 0\n",
    "helpers.py": "",
    "_private.py": "PLUGIN = 1\n",
    "notes.txt": "",
    "folder/__init__.py": "from sample_methods.folder.method import PLUGIN\n",
    "folder/method.py": "PLUGIN = 'of several files'\n",
    "shared/__init__.py": "",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, text in FILES.items():
        file = tmp_path / "sample_methods" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)
    (tmp_path / "somebody_elses.py").write_text("PLUGIN = 'theirs'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "sample_methods"
    for name in [n for n in sys.modules if n.split(".")[0] in ("sample_methods", "somebody_elses")]:
        del sys.modules[name]


def test_names_are_listed_without_importing(package: str) -> None:
    expected = ("broken", "folder", "forgetful", "good", "half", "heavy", "stale", "two_words")
    assert plugins.names(package) == expected
    assert not any(n.startswith("sample_methods.") for n in sys.modules)


def test_load_by_name(package: str) -> None:
    assert plugins.load(package, "good").__name__ == "Good"
    assert plugins.load(package, "two-words") == plugins.load(package, "two+words") == "two words"


def test_a_folder_is_a_plugin_too(package: str) -> None:
    assert plugins.load(package, "folder") == "of several files"


def test_load_by_dotted_path(package: str) -> None:
    assert plugins.load("reloc.geometry", "sample_methods.two_words") == "two words"


@pytest.mark.parametrize("name", ["goood", "", "helpers", "shared", "somebody_elses"])
def test_unknown_names_list_the_known(package: str, name: str) -> None:
    with pytest.raises(PluginError, match="folder, forgetful, good"):
        plugins.load(package, name)


@pytest.mark.parametrize("name", ["nowhere.at_all", "sample_methods.absent", ".good", "..", "a.", "../good", "a b.c"])
def test_paths_that_lead_nowhere(package: str, name: str) -> None:
    with pytest.raises(PluginError, match="good"):
        plugins.load(package, name)


def test_no_plugin_in_it(package: str) -> None:
    with pytest.raises(PluginError, match="PLUGIN = TheClass"):
        plugins.load(package, "forgetful")


@pytest.mark.parametrize(
    ("name", "says"),
    [("heavy", "pip install a_package_that_nobody_has"), ("half", "no_such_parent"), ("stale", "a_name_it_lost")],
)
def test_missing_dependencies_are_named(package: str, name: str, says: str) -> None:
    with pytest.raises(DependencyError, match=says):
        plugins.load(package, name)


def test_a_bug_in_a_plugin_is_not_hidden(package: str) -> None:
    with pytest.raises(ZeroDivisionError):
        plugins.load(package, "broken")


def test_a_file_may_name_what_is_in_the_package(package: str) -> None:
    assert plugins.load_told(package, "good").__name__ == "Good"


@pytest.mark.parametrize(
    "name", ["somebody_elses", "json.tool", "os.path", "sample_methods.good", "..good", "", "\ud800", "a\0b"]
)
def test_a_file_may_not_name_what_is_imported(package: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(sys.modules)
    with pytest.raises(PluginError):
        plugins.load_told(package, name)
    assert not {n for n in set(sys.modules) - before if n.startswith(("somebody", "json.tool"))}
    monkeypatch.setenv(plugins.TRUSTED_VARIABLE, "other.one,sample_methods.folder.method")
    assert plugins.load_told(package, "sample_methods.folder.method") == "of several files"
