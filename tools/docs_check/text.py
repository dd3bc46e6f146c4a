"""Read a page: its code blocks, code spans, links and headings, each with its line number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^\s*(```+|~~~+)\s*([\w-]*)\s*$")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_LIST = re.compile(r"^\s*([-*+]|\d+\.)\s")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced or indented block of code."""

    line: int  # number of its first line of code, from 1
    language: str  # empty for an indented block
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of a Markdown page."""

    path: Path
    blocks: tuple[Block, ...]
    spans: tuple[tuple[int, str], ...]  # line, text between backticks
    links: tuple[tuple[int, str], ...]  # line, target
    anchors: frozenset[str]  # anchors of its headings, as on GitHub


@dataclass(slots=True)
class _Reader:
    blocks: list[Block] = field(default_factory=list)
    prose: list[tuple[int, str]] = field(default_factory=list)

    def take(self, line: int, language: str, lines: list[str]) -> None:
        while lines and not lines[-1].strip():
            lines.pop()
        if lines:
            self.blocks.append(Block(line, language, "\n".join(lines)))


def read_page(path: Path) -> Page:
    """Return the parts of a Markdown file."""
    reader = _Reader()
    lines = path.read_text(encoding="utf-8").splitlines()
    number, in_list = 0, False
    while number < len(lines):
        line = lines[number]
        before = lines[number - 1].strip() if number else ""
        if found := _FENCE.match(line):
            end = next((n for n in range(number + 1, len(lines)) if lines[n].strip() == found[1]), len(lines))
            reader.take(number + 2, found[2], lines[number + 1 : end])
            number = end + 1
        elif line.startswith("    ") and not before and not in_list:
            end = number
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            reader.take(number + 1, "", [text[4:] for text in lines[number:end]])
            number = end
        else:
            in_list = bool(_LIST.match(line)) or (in_list and (line.startswith("  ") or not line.strip()))
            reader.prose.append((number + 1, line))
            number += 1
    spans = tuple((n, found[2].strip()) for n, text in reader.prose for found in _SPAN.finditer(text))
    links = tuple((n, found[1]) for n, text in reader.prose for found in _LINK.finditer(_SPAN.sub("", text)))
    return Page(path, tuple(reader.blocks), spans, links, frozenset(_anchors(reader.prose)))


def command_lines(block: Block) -> Iterator[tuple[int, str]]:
    """Yield the lines of a block of shell commands with their line numbers; continued lines are joined."""
    start, joined = block.line, ""
    for number, text in enumerate(block.text.splitlines(), block.line):
        if not joined:
            start = number
        if text.rstrip().endswith("\\"):
            joined += text.rstrip()[:-1] + " "
            continue
        joined += text
        if joined.strip() and not joined.strip().startswith("#"):
            yield start, joined.strip()
        joined = ""


def _anchors(prose: list[tuple[int, str]]) -> Iterator[str]:
    for _, text in prose:
        if text.startswith("#"):
            heading = text.lstrip("#").strip().replace("`", "").lower()
            yield re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
