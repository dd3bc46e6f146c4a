"""Build the docs as a site in out/site, strictly: a link or heading that does not exist fails it.

    python tools/build_site.py [--serve]

The pages are those of the repository, in their folders, so that a link works here as it works there. Pages that the
code declares (parameters, topics, messages, commands, the Python interface) are generated. `make docs` installs
requirements/docs.txt first.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml
from site_parts import generated, nav, pages

ROOT = Path(__file__).resolve().parents[1]
SOURCE, SITE = ROOT / "out" / "site_source", ROOT / "out" / "site"
PARTS = Path(__file__).parent / "site_parts"
CONFIG = ROOT / "out" / "mkdocs.yml"


def main() -> int:
    """Build or serve. Return the status of mkdocs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="store_true", help="serve the site on localhost instead of writing it")
    args = parser.parse_args()
    if importlib.util.find_spec("mkdocs") is None:
        print("mkdocs is not installed: run `make docs`, which installs requirements/docs.txt", file=sys.stderr)
        return 2
    begin = time.monotonic()
    count = prepare()
    command = [sys.executable, "-m", "mkdocs", "serve" if args.serve else "build", "--strict", "-q", "-f", CONFIG]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}  # a notice about the successor of the theme
    status = subprocess.run([str(word) for word in command], cwd=ROOT, env=environment, check=False).returncode
    if not args.serve:
        seconds, outcome = time.monotonic() - begin, "failed" if status else "no problem"
        print(f"{count} pages in {SITE.relative_to(ROOT)}/index.html, {seconds:.0f} s; {outcome}")
    return status


def prepare() -> int:
    """Write the pages and the configuration. Return the number of pages."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    copied = pages.copy(ROOT, SOURCE)
    made = generated.write(ROOT, SOURCE)
    shutil.copytree(PARTS / "assets", SOURCE / "assets")
    config = yaml.safe_load((PARTS / "mkdocs.yml").read_text())
    config |= {
        "docs_dir": str(SOURCE), "site_dir": str(SITE), "nav": nav.of({*copied, *made}),
        "watch": [str(ROOT / "docs")],
    }  # fmt: skip
    CONFIG.parent.mkdir(exist_ok=True)
    CONFIG.write_text(yaml.safe_dump(config, sort_keys=False))
    return len(copied) + len(made)


if __name__ == "__main__":
    sys.exit(main())
