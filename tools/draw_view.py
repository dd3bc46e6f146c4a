"""Make the pictures of docs/view.md: `reloc view` and `reloc watch` in a headless Chromium.

    python tools/draw_view.py kitchen.map shots/ --camera 525.5,319.5,239.5     # docs/view.jpg
    python tools/draw_view.py --watch house.map drive/ /camera/image_raw/compressed      # docs/watch.jpg

The demo leaves such a map and bag in out/demo/cache. It needs Chromium and viser. Look at each picture before it is
committed.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.chromium import Chromium

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1360, 900)
QUALITY = 82
PATIENCE_S = 400.0
RATE = 0.15  # of the bag's own speed
DRIVE_S = 40.0  # seconds of the drive, at that speed, before the picture


def main() -> int:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", nargs="?", metavar="MAP", help="map of the first picture")
    parser.add_argument("images", nargs="*", metavar="IMAGE", help="images to localize in it")
    parser.add_argument("--camera", default="", metavar="TEXT", help="as for `reloc view`")
    parser.add_argument(
        "--watch", nargs=3, metavar=("MAP", "BAG", "TOPIC"), help="localize this bag's images, and draw that"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs", metavar="FOLDER")
    args = parser.parse_args()
    if args.map:
        camera = ["--camera", args.camera] if args.camera else []
        draw_map(["view", args.map, *args.images, *camera, "--check", "--port", "0"], args.out / "view.jpg")
    if args.watch:
        draw_robot(*args.watch, args.out / "watch.jpg")
    return 0


def draw_map(words: Sequence[str], file: Path) -> None:
    """Draw a map with the matches of its second query."""
    command = [sys.executable, "-m", "reloc.cli.main", *words]
    with running(command, "Ctrl-C ends") as said, opened(address_in(said)) as page:
        page.wait_for("localized")
        page.click("Show the next query")
        page.click("Show the next query")
        page.wait_for("agree with the pose")
        settle(page, 6.0)
        page.picture(file, QUALITY)
        report(page, file)


def draw_robot(map_folder: str, bag: str, image: str, file: Path) -> None:
    """Draw a robot that drives through a bag, slowly, so that any machine follows."""
    from reloc_demo.domain import own_domain

    reloc = [sys.executable, "-m", "reloc.cli.main"]
    nodes = [*reloc, "run", map_folder, "--image", image, "--sim-time", "--param", "tf_timeout:=1.0"]
    drive = [*reloc, "replay", bag, "--rate", str(RATE), "--wait-for", image]
    watch = [*reloc, "watch", "--port", "0"]
    with (
        own_domain(),
        running(nodes, "localizer.: Now active"),
        running(watch, "Ctrl-C ends") as said,
        opened(address_in(said)) as page,
    ):
        wait_for(page, "Floor plan")
        with running(drive, "."):
            wait_for(page, "TRACKING")
            settle(page, DRIVE_S)
            wait_for(page, "\nTRACKING\n")  # the headline: in the legend, no state has a line of its own
            page.picture(file, QUALITY)
            report(page, file)


def wait_for(page: Chromium, text: str) -> None:
    """Wait for a text; it asks seldom, because each question costs the page a layout."""
    end = time.monotonic() + PATIENCE_S
    while text not in page.text:
        if time.monotonic() > end:
            sys.exit(f"The page does not show {text!r}:\n{page.text[:2000]}")
        time.sleep(3.0)


@contextmanager
def running(command: Sequence[str], ready: str) -> Iterator[str]:
    """Run a command until it is ready, and yield what it printed."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            end, said = time.monotonic() + PATIENCE_S, ""
            while not re.search(ready, said):
                time.sleep(0.3)
                out.seek(0)
                said = out.read()
                if process.poll() is not None or time.monotonic() > end:
                    sys.exit(f"{' '.join(command)} is not ready:\n{said[-3000:]}")
            yield said
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def address_in(said: str) -> str:
    """Return the address that a command printed."""
    found = re.search(r"Open (http://\S+)", said)
    assert found is not None
    return found[1]


def opened(address: str) -> Chromium:
    """Open a page in a browser."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.chromium import Chromium

    return Chromium(address, SIZE)


def settle(page: Chromium, seconds: float) -> None:
    """Wait for images, and close the note that this machine has no GPU."""
    page.value("document.querySelectorAll('.mantine-Notification-closeButton').forEach(b => b.click())")
    time.sleep(seconds)


def report(page: Chromium, file: Path) -> None:
    """Say where the picture is, and what the browser's console held."""
    print(f"{file}: {file.stat().st_size / 1024:.0f} kB", *page.faults(), sep="\n  ")


if __name__ == "__main__":
    sys.exit(main())
