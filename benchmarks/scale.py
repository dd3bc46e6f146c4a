"""Measure retrieval over 1,000 to 1,000,000 references: print a table, and draw it.

    python benchmarks/scale.py --check                       # does the model of descriptors resemble real ones?
    python benchmarks/scale.py --sizes 1000,10000,100000     # the table
    python benchmarks/scale.py --sizes 1000000               # 10 GB in --out while it runs
    python benchmarks/scale.py --noise 1000000               # opening, memory and time alone; takes seconds
    python benchmarks/scale.py --draw docs/scale.png         # the picture of all sizes that were measured

Descriptors come from a model that is fitted to VLAD of real images (benchmarks/descriptor_model): a drive through a
room, and photographs of rooms that have nothing in common. They are made in pieces, so memory does not grow with them.
Each size is opened and searched in a new process. All times are processor time, so other work on the machine hardly
matters; files are in the page cache. Recall compares with exact search over all descriptors. Queries are
not among the references: they are as far from them as images of a later part of the real drive are. What is measured is
the search by a descriptor, without describing the image.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from descriptor_model import likeness, real
from descriptor_model.fitted import DescriptorModel
from scale_parts import blank, measuring, picture, storing

ROOT = Path(__file__).resolve().parents[1]
_EVERY = 5  # a map takes every fifth image of the drive
_COLUMNS = (
    "| references | search | p50 (ms) | p99 (ms) | recall at 5 | at 30 | build (s) "
    "| disk (MB) | resident (MB) | open (s) |"
)


def main() -> int:
    """Return 1 if there is no data."""
    args = _arguments()
    if args.measure:
        print(json.dumps(measuring.measure(args.measure)))
        return 0
    if args.draw:
        picture.draw(_results(args.out), args.draw)
        return 0
    if args.noise:
        _noise(args)
        return 0
    if not args.data.is_dir():
        print(f"skipped: {args.data} does not exist")
        return 1
    found = _real(args)
    model = DescriptorModel.fit(found)
    print(f"shares of a view: room {model.room:.2f}, slow {model.slow:.2f}, own {model.own:.2f}; an anchor every "
          f"{model.spacing:.1f} references; a query agrees with its place by {model.again.mean():.2f}\n")  # fmt: skip
    if args.check:
        print(likeness.table(found, model))
        return 0
    print(_COLUMNS + "\n" + "|---" * 10 + "|")
    for count in args.sizes:
        print(_row(_measured(model, count, args.seed, args.out)), flush=True)
    return 0


def _noise(args: argparse.Namespace) -> None:
    head = "| references | read again | compared | p50 (ms) | p99 (ms) | resident (MB) | open (s) |"
    print(head + "\n" + "|---" * 7 + "|")
    for read, compared in ((1600, 400), (1600, 1600), (16_384, 400)):
        f = _in_new_process(partial(blank.store, args.noise, read, compared), args.out / "noise")
        print(f"| {f['references']:,} | {read:,} | {compared} | {f['p50_ms']:.1f} | {f['p99_ms']:.1f} "
              f"| {f['resident'] / 1e6:,.0f} | {f['open_s']:.2f} |", flush=True)  # fmt: skip


def _measured(model: DescriptorModel, count: int, seed: int, out: Path) -> dict[str, Any]:
    figures = _in_new_process(partial(storing.store, model, count, seed), out / str(count))
    (out / f"{count}.json").write_text(json.dumps(figures, indent=1))
    return figures


def _in_new_process(store: Callable[[Path], dict[str, Any]], beside: Path) -> dict[str, Any]:
    """Store an index, measure it in a new process, and delete it."""
    folder = beside.with_name(f"{beside.name}.index")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        began = time.process_time()
        figures = store(folder)
        figures["all_s"] = time.process_time() - began
        command = [sys.executable, __file__, "--measure", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
        figures |= json.loads(done.stdout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def _row(f: dict[str, Any]) -> str:
    return (
        f"| {f['references']:,} | {f['search']} | {f['p50_ms']:.1f} | {f['p99_ms']:.1f} "
        f"| {f['recall_5']:.3f} | {f['recall_30']:.3f} | {f['build_s']:.0f} | {f['disk'] / 1e6:,.0f} "
        f"| {f['resident'] / 1e6:,.0f} | {f['open_s']:.2f} |"
    )


def _results(out: Path) -> list[dict[str, Any]]:
    found = [json.loads(file.read_text()) for file in out.glob("*.json")]
    print(_COLUMNS + "\n" + "|---" * 10 + "|")
    ordered = sorted(found, key=lambda figures: figures["references"])
    for figures in ordered:
        print(_row(figures))
    return ordered


def _real(args: argparse.Namespace) -> real.RealDescriptors:
    drive, again = (
        sorted((args.data / "redkitchen_sfm" / name).glob("*.color.jpg"))[::_EVERY] for name in ("seq-01", "seq-02")
    )
    return real.read(drive, again, sorted((args.data / "interiors").glob("*.jpg")), args.out / "real.npz")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("RELOC_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[1000, 10_000, 100_000],
                        help="numbers of references, separated by commas; default 1000,10000,100000")  # fmt: skip
    parser.add_argument("--seed", type=int, default=2, help="of the descriptors; default 2. Seed 1 is for choosing")
    parser.add_argument("--check", action="store_true", help="compare the model with real descriptors, and end")
    parser.add_argument("--noise", type=int, help="measure an index of noise with this many references, and end")
    parser.add_argument("--draw", type=Path, help="draw what was measured into this file, and end")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)  # in the process of its own
    parser.add_argument("--data", type=Path, default=data, help=f"redkitchen_sfm and interiors; default {data}")
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "scale", help="folder for what is made")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
