"""Make pictures of reports and of the docs' site, to look at them: in light, in dark, and as they are printed.

    python tools/draw_pages.py report.html check.html out/site/index.html --out out/pictures

It needs Chromium. What a page writes to the browser's console, and words that its edge cuts off, are printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.chromium import Chromium

ROOT = Path(__file__).resolve().parents[1]
WIDTH, TALLEST = 1100, 4000  # pixels
LOOKS = {"light": ("light", "screen"), "dark": ("dark", "screen"), "print": ("light", "print")}
_WIDER = "document.documentElement.scrollWidth - window.innerWidth"


def main() -> int:
    """Draw each page in each look. Return 1 if a page has a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="+", type=Path, metavar="PAGE", help="HTML file")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "pictures", metavar="FOLDER")
    parser.add_argument("--width", type=int, default=WIDTH, metavar="PX", help=f"of the window; default {WIDTH}")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    sys.path.insert(0, str(ROOT / "tests"))
    from support.chromium import Chromium

    problems: list[str] = []
    with Chromium("about:blank", (args.width, 900)) as browser:
        for page in args.pages:
            problems += draw(browser, page, args.out, args.width)
    print("\n".join(problems) if problems else "no fault")
    return int(bool(problems))


def draw(browser: Chromium, page: Path, out: Path, width: int) -> list[str]:
    """Draw one page in each look, and return its faults."""
    problems = []
    for look, (scheme, medium) in LOOKS.items():
        browser.look(scheme, medium)  # before the page is there: some choose their colors only once
        browser.resize(width, 900)
        browser.open(page.resolve().as_uri())
        if (more := int(browser.value(_WIDER))) > 0:
            problems.append(f"{page}: {more} px wider than the window ({look})")
        browser.resize(width, min(TALLEST, int(browser.value("document.documentElement.scrollHeight"))))
        file = out / f"{page.stem}-{look}.png"
        browser.picture(file)
        print(file)
    return problems + [f"{page}: {fault}" for fault in browser.faults()]


if __name__ == "__main__":
    sys.exit(main())
