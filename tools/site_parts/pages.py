"""Copy the repository's pages, and what they link to, into the source of the site."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from docs_check.text import read_page

PAGES = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md",
         "models/README.md", "models/*/README.md", "launch/params/README.md")  # fmt: skip
HOME = {"README.md": "index.md"}  # pages with another name in the site
_FENCE = re.compile(r"^\s*(```|~~~)")
_LIST = re.compile(r"^( *)([-*+]|\d+\.) ")
_README_LINK = re.compile(r"\]\((?:\.\./)*README\.md(#[^)]*)?\)")


def copy(root: Path, out: Path) -> set[str]:
    """Copy all pages and linked files. Return the names of the pages in the site."""
    found = sorted({page for pattern in PAGES for page in root.glob(pattern)})
    names = set()
    for page in found:
        name = page.relative_to(root).as_posix()
        names.add(_copy_page(page, out, HOME.get(name, name)))
        for file in _linked(page, root):
            if file not in found:
                (out / file.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, out / file.relative_to(root))
    return names


def _copy_page(page: Path, out: Path, name: str) -> str:
    target = out / name
    target.parent.mkdir(parents=True, exist_ok=True)
    text = page.read_text(encoding="utf-8")
    if page.parent.name == "docs" or "/" not in name:
        text = _README_LINK.sub(lambda m: f"]({'../' if '/' in name else ''}index.md{m[1] or ''})", text)
    target.write_text(with_blank_lines(text), encoding="utf-8")
    return name


def with_blank_lines(text: str) -> str:
    """Return Markdown in which a blank line stands before each list: GitHub needs none, Python-Markdown does.

    Steps inside a list, and code, stay as they are.
    """
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        before = lines[-1] if lines else ""
        inside = before.startswith(" ") or bool(_LIST.match(before))
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (found := _LIST.match(line)) and not found[1] and before.strip() and not inside:
            lines.append("")
        lines.append(line)
    return "\n".join(lines) + "\n"


def _linked(page: Path, root: Path) -> Iterable[Path]:
    """Yield the files of the repository that a page links to."""
    for _, target in read_page(page).links:
        name = target.partition("#")[0]
        file = (page.parent / name).resolve()
        if name and not re.match(r"[a-z]+:", name) and file.is_file() and file.is_relative_to(root):
            yield file
