"""One name for one thing: what the parts of the core share is told apart by its name alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import reloc

CORE = Path(reloc.__file__).parent
SOURCES = CORE.parents[1]
# Every plugin says PLUGIN, and every package of plugins what is none; a file's format has a number of its own.
SAID_BY_MANY = {"PLUGIN", "NOT_PLUGINS", "FORMAT"}


def trees(package: str) -> Iterator[tuple[str, ast.Module]]:
    """Each module of a package by its dotted name."""
    folder = SOURCES / package / package
    for file in sorted(folder.rglob("*.py")):
        parts = file.relative_to(folder).with_suffix("").parts
        yield ".".join([package, *parts]).removesuffix(".__init__"), ast.parse(file.read_text(encoding="utf-8"))


def classes(package: str) -> dict[str, list[str]]:
    """Modules of each public class."""
    found = defaultdict(list)
    for module, tree in trees(package):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module)
    return found


def constants(tree: ast.Module) -> Iterator[str]:
    """Names in capitals that a module assigns."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            for name in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(name, ast.Name) and len(name.id) > 1 and name.id.isupper():
                    yield name.id


def test_no_two_public_classes_of_the_core_share_a_name() -> None:
    assert {name: modules for name, modules in classes("reloc").items() if len(modules) > 1} == {}


@pytest.mark.parametrize("package", ["reloc_node", "reloc_demo"])
def test_no_class_of_the_node_or_the_demo_has_the_name_of_one_of_the_core(package: str) -> None:
    if not (SOURCES / package).is_dir():
        pytest.skip(f"{package} is not beside the core")
    core = classes("reloc")
    assert {name: (core[name], modules) for name, modules in classes(package).items() if name in core} == {}


def test_a_constant_that_other_modules_use_has_a_name_of_its_own() -> None:
    made, used = defaultdict(set), defaultdict(set)
    for module, tree in trees("reloc"):
        for name in constants(tree):
            made[name].add(module)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    used[alias.name].add(node.module)
    shared = {name: modules & used[name] for name, modules in made.items() if name not in SAID_BY_MANY}
    assert {name: modules for name, modules in shared.items() if len(modules) > 1} == {}


def test_quantiles_of_chi2_stand_in_one_module() -> None:
    elsewhere = {
        module: name
        for module, tree in trees("reloc")
        for name in constants(tree)
        if name.lstrip("_").startswith("CHI2") and module != "reloc.distributions"
    }
    assert elsewhere == {}
