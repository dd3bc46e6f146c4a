"""No package imports itself in a circle, imports for type checkers included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

grimp = pytest.importorskip("grimp", reason="comes with import-linter")


def circles(graph: grimp.ImportGraph, package: str) -> Iterator[tuple[str, str]]:
    """Imports between the children of a package, at any depth, without which there would be no circle."""
    yield from graph.nominate_cycle_breakers(package)
    for child in graph.find_children(package):
        yield from circles(graph, child)


@pytest.mark.parametrize("package", ["reloc", "reloc_node", "reloc_demo"])
def test_there_is_no_import_circle(package: str) -> None:
    pytest.importorskip(package)
    graph = grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)
    assert sorted(circles(graph, package)) == []


def test_a_circle_is_seen(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One between two folders, of which one half is for type checkers alone."""
    for name, text in {
        "round/__init__.py": "",
        "round/a/__init__.py": "",
        "round/a/one.py": "from round.b import two\n",
        "round/b/__init__.py": "",
        "round/b/two.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from round.a import other\n",
        "round/a/other.py": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    graph = grimp.build_graph("round", exclude_type_checking_imports=False, cache_dir=None)
    assert len(list(circles(graph, "round"))) == 1
