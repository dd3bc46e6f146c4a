"""Check models: pages and examples may name only shipped ones, in text, in commands and in Python alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs_check.parsers import has_model
from docs_check.text import Page

# A path, as in `--param model=models/exrenet-light-head`, or a name of ours alone, as in `pnlp-light`.
_NAMED = re.compile(
    r"(?<![\w./-])(?:models/(?P<path>[a-z]\w*(?:-\w+)*)(?![\w*-])"
    r"|(?P<name>(?:posenet|exrenet|camnet|pnlp)-(?:light|demo|full|classic)[\w-]*)(?!\.[a-z]))"
)
_WRITTEN = re.compile(r"--out\s+models/([\w-]+)")  # an example that makes a model may use it
# Files whose help and docstrings show commands.
_EXAMPLES = ("benchmarks/*.py", "benchmarks/on_gpu/*.py", "ros2_ws/src/reloc/reloc/cli/**/*.py")


def check_models(page: Page, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of each model in a page that is not in ``models/``."""
    # A path in a code span is checked with all other paths.
    spans = {(line, text) for line, text in page.spans if text.startswith("models/")}
    for line, name in _unknown(page.path.read_text(encoding="utf-8"), root):
        if (line, name) not in spans:
            yield line, f"there is no model {name} in models/"


def check_examples(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield file, line and problem of the same in the help of commands and benchmarks."""
    for file in sorted({f for pattern in _EXAMPLES for f in root.glob(pattern)}):
        for line, name in _unknown(file.read_text(encoding="utf-8"), root):
            yield file, line, f"there is no model {name} in models/"


def _unknown(text: str, root: Path) -> Iterator[tuple[int, str]]:
    written = set(_WRITTEN.findall(text))
    for number, line in enumerate(text.splitlines(), 1):
        for found in _NAMED.finditer(line):
            path, name = found["path"], found["name"]
            known = path in written or (root / "models" / path).exists() if path else has_model(name, root)
            if not known:
                yield number, found[0]
