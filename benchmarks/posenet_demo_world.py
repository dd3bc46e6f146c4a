"""Evaluate the shipped PoseNet over the demo's drive with `reloc eval`, compared with the nearest image.

    python benchmarks/posenet_demo_world.py [--out FOLDER] [--model NAME|FOLDER]

It records the drive of `make demo` with its true poses (without a covered camera), builds the demo's map if it is
missing, and evaluates by the command line of a user. The map is made from another drive.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from reloc_demo.drive.tour import tour
from reloc_demo.mapping import ensure_map, record
from reloc_demo.model import ensure_model

ROOT = Path(__file__).resolve().parents[1]
LOCALIZER = "posenet"
EVERY_METRES, EVERY_DEGREES = 0.1, 5.0  # motion and turn between two pictures


def main() -> int:
    """Return the exit status of `reloc eval`."""
    args = _arguments()
    with tqdm(desc="drive", unit="image", leave=False, disable=None) as bar:

        def told(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        map_path = ensure_map(args.cache, LOCALIZER, lambda what, done, total: told(done, total))
        bag = args.out / "drive"
        if not (bag / "metadata.yaml").exists():
            drive = tour()
            stops = [t for t in drive.stops(EVERY_METRES, EVERY_DEGREES) if not drive.covered(t)]
            record(bag, drive, stops, told)
    if not args.model:
        ensure_model(map_path, LOCALIZER)
    report, values = args.out / "posenet.html", args.out / "posenet.json"
    command = ["reloc", "eval", map_path, bag, "--source", "rosbag2", "--split", "all", "--localizer", LOCALIZER]
    command += ["--param", f"model={args.model}"] if args.model else []
    command += ["--report", report, "--json", values]
    words = [str(word) for word in command]
    print(f"$ {shlex.join(words)}", flush=True)
    return subprocess.run([sys.executable, "-m", "reloc.cli.main", *words[1:]], check=False).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "posenet_demo_world", help="folder for the results")
    parser.add_argument("--cache", type=Path, default=ROOT / "out" / "demo" / "cache", help="folder of the demo's map")
    parser.add_argument("--model", default="", help="network to use instead of the shipped one")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
