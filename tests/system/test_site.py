"""The source of the docs' site: links keep working, no page is hidden, and what the code declares is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def parts(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return {name: importlib.import_module(f"site_parts.{name}") for name in ("pages", "nav", "generated")}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Three parts:\n- one\n- two\n", "Three parts:\n\n- one\n- two\n"),
        ("Three parts:\n1. one\n2. two\n", "Three parts:\n\n1. one\n2. two\n"),
        ("- one\n  goes on\n- two\n", "- one\n  goes on\n- two\n"),
        ("```\na\n- b\n```\n", "```\na\n- b\n```\n"),
        ("a - b\nc\n", "a - b\nc\n"),
    ],
)
def test_lists_get_the_blank_line_that_markdown_needs(parts: dict[str, ModuleType], text: str, shown: str) -> None:
    assert parts["pages"].with_blank_lines(text) == shown


def test_pages_come_with_what_they_link_to(parts: dict[str, ModuleType], tmp_path: Path) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    (root / "docs").mkdir(parents=True)
    (root / "README.md").write_text("# R\n\n[page](docs/page.md) [license](LICENSE)\n")
    (root / "docs" / "page.md").write_text("# P\n\n[home](../README.md#r) [code](../tools/a.py)\n")
    (root / "LICENSE").write_text("")
    (root / "tools").mkdir()
    (root / "tools" / "a.py").write_text("")
    assert parts["pages"].copy(root, out) == {"index.md", "docs/page.md"}
    assert (out / "LICENSE").is_file()
    assert (out / "tools" / "a.py").is_file()
    assert "(../index.md#r)" in (out / "docs" / "page.md").read_text()


def test_no_page_is_hidden(parts: dict[str, ModuleType]) -> None:
    pages = {"index.md", "docs/install.md", "docs/new.md", "models/README.md", "models/points/README.md"}
    tree = parts["nav"].of(pages)
    assert set(re.findall(r"[\w/-]+\.md", str(tree))) == pages
    assert {"More": ["docs/new.md"]} in tree


def test_every_page_of_the_repository_has_its_place(parts: dict[str, ModuleType], root: Path) -> None:
    """Something new may come under "More" for a while; what has a place must exist."""
    placed = {page for entries in parts["nav"].ORDER.values() for page in entries.values()}
    generated = {page for page in placed if page.startswith("reference/")}
    missing = {p for p in placed - generated if not (root / p.replace("index.md", "README.md")).is_file()}
    assert missing == set()


def test_what_the_code_declares_is_there(parts: dict[str, ModuleType], root: Path, tmp_path: Path) -> None:
    made = parts["generated"].write(root, tmp_path)
    texts = {name: (tmp_path / name).read_text() for name in made}
    assert made == {page for e in parts["nav"].ORDER.values() for page in e.values() if page.startswith("reference/")}
    assert "## `reloc eval`" in texts["reference/commands.md"]
    assert "### `reloc map build`" in texts["reference/commands.md"]
    assert "--no-calibration" in texts["reference/commands.md"]
    assert "| publishes | `~/pose_with_covariance` |" in texts["reference/topics.md"]
    assert "set_parameters" not in texts["reference/topics.md"]
    assert "## `reloc_msgs/action/Relocalize`" in texts["reference/messages.md"]
    assert "::: reloc.maps.reference_map.ReferenceMap" in texts["reference/python.md"]


def test_the_tutorial_is_read_as_it_is_meant(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(root / "tools"))
    tutorial = importlib.import_module("checks.tutorial")
    steps = tutorial.steps()
    assert [command.split()[0] for command, _ in steps][:2] == ["reloc-demo", "reloc"]
    assert sum(beside for _, beside in steps) == 2
    assert steps[-1][0].startswith("reloc watch --until-pose")
