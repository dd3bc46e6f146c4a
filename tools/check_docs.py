"""Check that README and docs agree with the code: commands, options, parameters, links, paths and models.

    python tools/check_docs.py [PAGE ...]

Commands are parsed by the real parsers, but not run. It prints one line per problem, and exits with 1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from docs_check import commands, links, models, parameters
from docs_check.text import read_page

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("*.md", "docs/**/*.md", "models/**/*.md", "launch/**/*.md")
_HISTORY = ("CHANGELOG.md",)  # also names removed things


def main() -> int:
    """Check the named pages, or all pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="*", metavar="PAGE", help="Markdown file (default: all)")
    pages = [page.resolve() for page in parser.parse_args().pages] or sorted(all_pages(ROOT))
    count = 0
    for page in pages:
        for line, trouble in sorted(troubles(page, ROOT)):
            count += 1
            print(f"{page.relative_to(ROOT) if page.is_relative_to(ROOT) else page}:{line}: {trouble}")
    examples = [] if parser.parse_args().pages else models.check_examples(ROOT)
    for file, line, trouble in examples:
        count += 1
        print(f"{file.relative_to(ROOT)}:{line}: {trouble}")
    print(f"{len(pages)} pages, {count} problems")
    return 1 if count else 0


def all_pages(root: Path) -> Iterator[Path]:
    """Yield the pages that describe the repository's present state."""
    return (page for pattern in PAGES for page in root.glob(pattern) if page.name not in _HISTORY)


def troubles(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of everything in a page that does not agree with the repository ``root``."""
    page = read_page(file)
    yield from links.check_links(page, root)
    yield from links.check_paths(page, root)
    yield from commands.check_commands(page, root)
    yield from parameters.check_spans(page, root)
    yield from models.check_models(page, root)


if __name__ == "__main__":
    sys.exit(main())
