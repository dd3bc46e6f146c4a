"""Check links and paths: their targets must exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docs_check.text import Page, read_page

_PATH = re.compile(r"[\w.+-]+(/[\w.*+-]+)*/?")
_SOURCE = re.compile(r"[\w-]+\.(py|md|sh|yaml|ipynb|toml)")
# Paths may be relative to these folders, for example `trust/gate.py`.
_PACKAGES = ("reloc", "reloc_node", "reloc_demo")
_SHORT = ("", *(f"ros2_ws/src/{name}/{name}" for name in _PACKAGES), *(f"ros2_ws/src/{name}" for name in _PACKAGES),
          "ros2_ws/src/reloc/reloc/estimators")  # fmt: skip
_MADE = ("out", "build", "install", "log")  # folders that commands create


def check_links(page: Page, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of each link without a target."""
    for line, target in page.links:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.path.parent / name).resolve() if name else page.path
        if not file.exists():
            yield line, f"the link {target} leads to {name}, which does not exist"
        elif anchor and anchor not in _anchors(file):
            yield line, f"the link {target} leads to no heading of {file.name}"


def check_paths(page: Page, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of each path in a code span that does not exist."""
    for line, text in page.spans:
        if _names_a_path(text, root) and not _exists(text.rstrip("/"), page.path.parent, root):
            yield line, f"the path {text} does not exist"


def _names_a_path(text: str, root: Path) -> bool:
    """Return whether a span is a path in this repository: it begins with one of its folders, or names a source file."""
    if not _PATH.fullmatch(text):
        return False
    first, _, rest = text.partition("/")
    if first in _MADE or text.startswith(("http", "../", "~")):
        return False
    if not rest and not text.endswith("/"):
        return bool(_SOURCE.fullmatch(text)) and "." in text
    return any((root / short / first).is_dir() for short in _SHORT)


def _exists(text: str, here: Path, root: Path) -> bool:
    folders = [here, *(root / short for short in _SHORT)]
    if any((folder / name).exists() for folder in folders for name in (text, f"{text}.py")):
        return True
    if "*" in text:
        return any(any(folder.glob(text)) for folder in folders if folder.is_dir())
    return "/" not in text and text in _file_names(root)


@cache
def _file_names(root: Path) -> frozenset[str]:
    """Return the names of all files in the folders of sources and pages."""
    folders = ("ros2_ws", "tools", "tests", "benchmarks", "docs", "launch", "docker", "requirements", "models")
    inside = (file.name for folder in folders for file in (root / folder).rglob("*") if "." in file.name)
    return frozenset({*inside, *(file.name for file in root.iterdir())})


@cache
def _anchors(file: Path) -> frozenset[str]:
    return read_page(file).anchors if file.suffix == ".md" else frozenset()
