"""Measure opening a map: milliseconds with and without hashes, their ratio, microseconds per reference.

    python benchmarks/map_opening.py MAP
    python benchmarks/map_opening.py MAP --against FOLDER     # another checkout of reloc, measured in turn

Each figure is the smallest processor time of many openings in one process, so other work on the machine hardly matters.
`first use` opens without hashes and copies all arrays, which is what opening a localizer adds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from reloc.maps.reference_map import ReferenceMap

_HERE = Path(__file__).resolve().parents[1]
_MEASURE = """
import json, sys, time
from reloc.maps.reference_map import ReferenceMap

def use(opened):
    if hasattr(opened, "copy_arrays"):
        opened.copy_arrays()

def best(count, verify, after=lambda opened: None):
    times = []
    for _ in range(count):
        start = time.process_time()
        after(ReferenceMap.open(sys.argv[1], verify=verify))
        times.append(time.process_time() - start)
    return min(times) * 1e3

count = int(sys.argv[2])
best(3, True)  # imports, and the files in the page cache
print(json.dumps({
    "unverified": best(count, False), "first use": best(max(count // 5, 5), False, use),
    "verified": best(max(count // 5, 5), True),
}))
"""


def measure(checkout: Path, path: Path, count: int) -> dict[str, float]:
    """Return the milliseconds of one process that runs the code of ``checkout``."""
    environment = os.environ | {"PYTHONPATH": str(checkout / "ros2_ws" / "src" / "reloc")}
    command = [sys.executable, "-c", _MEASURE, str(path), str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure the checkouts in turn; print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("map", type=Path, nargs="?")
    parser.add_argument("--against", type=Path, help="another checkout of reloc")
    parser.add_argument("--count", type=int, default=300, help="openings in one process")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each checkout")
    args = parser.parse_args()
    if args.map is None:
        print("skipped: give a map")
        return
    references = len(ReferenceMap.open(args.map, verify=False))
    checkouts = {"this": _HERE} | ({"against": args.against.resolve()} if args.against else {})
    best: dict[str, dict[str, float]] = {}
    for _ in range(args.rounds):
        for name, checkout in checkouts.items():
            found, former = measure(checkout, args.map, args.count), best.get(name, {})
            best[name] = {what: min(ms, former.get(what, ms)) for what, ms in found.items()}
    print(
        "| Code | Unverified (ms) | First use (ms) | Verified (ms) | Verified : unverified "
        "| Unverified per reference (us) |"
    )
    print("|---|---|---|---|---|---|")
    for name, ms in best.items():
        columns = [f"{ms[what]:.2f}" for what in ("unverified", "first use", "verified")]
        columns += [f"{ms['verified'] / ms['unverified']:.1f}", f"{ms['unverified'] / references * 1e3:.1f}"]
        print(f"| {name} | {' | '.join(columns)} |")
    if "against" in best:
        for what in ("unverified", "verified"):
            print(f"{what}: {best['this'][what] / best['against'][what] - 1:+.1%} against {args.against}")


if __name__ == "__main__":
    main()
