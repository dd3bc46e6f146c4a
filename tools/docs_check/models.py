"""Check models: a page may name only shipped ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs_check.parsers import has_model
from docs_check.text import Page

_SHIPPED = re.compile(r"(?:posenet|exrenet|camnet|pnlp)-(?:light|demo|full|classic)[\w-]*")


def check_models(page: Page, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of each model in a code span that is not in ``models/``."""
    for line, text in page.spans:
        if _SHIPPED.fullmatch(text) and not has_model(text, root):
            yield line, f"there is no model {text} in models/"
