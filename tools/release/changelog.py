"""Turn CHANGELOG.md into the CHANGELOG.rst that bloom reads in each ROS package, so that there is one changelog.

bloom takes the sections with a version and a day, ``## 0.2.0 - 2026-12-01``. What is not released yet is called
Forthcoming, which it passes over.
"""

from __future__ import annotations

import re

_SECTION = re.compile(r"^## +\[?(?P<version>\d+\.\d+\.\d+)\]?(?: *-+ *| *\()(?P<day>\d{4}-\d{2}-\d{2})\)?$")
_SPECIAL = re.compile(r"([\\*|_])")  # of reStructuredText


def to_rst(markdown: str, package: str) -> str:
    """Return the changelog of a package.

    Raises:
        SystemExit: a section is neither "Unreleased" nor a version with a day.
    """
    title = f"Changelog for package {package}"
    lines = ["^" * len(title), title, "^" * len(title)]
    kind, group = "", ""
    for line in _joined(markdown):
        if line.startswith("## "):
            lines += ["", *_heading(line), ""]
            kind = group = ""
        elif line.startswith("### "):
            kind, group = line[4:].strip(), ""
        elif line.startswith("- "):
            before = ", ".join(word for word in (kind, group) if word)
            lines.append(f"* {before}: {_inline(line[2:])}")
        elif kind:
            group = line
    return "\n".join(lines) + "\n"


def _joined(markdown: str) -> list[str]:
    """Return headings, groups and items, each on one line."""
    found: list[str] = []
    for line in markdown.splitlines():
        if line.startswith("  ") and found:
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(line.rstrip())
    return found


def _heading(line: str) -> list[str]:
    if line[3:].strip().lower() == "unreleased":
        return ["Forthcoming", "-----------"]
    match = _SECTION.match(line)
    if match is None:
        raise SystemExit(f"CHANGELOG.md has the section {line[3:]!r}; write it as 0.2.0 - 2026-12-01")
    text = f"{match['version']} ({match['day']})"
    return [text, "-" * len(text)]


def _inline(text: str) -> str:
    """Return a text with its code in double backquotes, and everything else without a meaning in reStructuredText."""
    parts = re.split(r"`([^`]*)`", text)
    return "".join(f"``{part}``" if i % 2 else _SPECIAL.sub(r"\\\1", part) for i, part in enumerate(parts))
