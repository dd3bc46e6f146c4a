"""Cause faults of real processes, and measure the time until the next right pose is published.

    python benchmarks/faults.py                 # all faults in turn; prints a table in Markdown
    python benchmarks/faults.py server_killed   # one fault
    python benchmarks/faults.py --list

A map server, a localizer that fetched its map from the server, and a camera at 5 Hz are processes on a separate ROS
graph. The table shows for each fault: what was done; the localizer's states until it was right again; its published
poses (a pose farther than 0.15 m from the truth is wrong); the seconds from the end of the fault to the first right
pose; and what was kept. A problem is printed bold, and the exit status is then 1. ``docs/reliability.md`` has the
table.

Each file in ``fault_rows/`` has one kind of faults: each function without a leading underscore is a fault.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import fault_rows
from parts.fault_scene import Row
from parts.namespaces import PLAIN

HEADING = "| Command | Fault | State meanwhile | Published | Right again after (s) | Kept |\n|---|---|---|---|---|---|"


def all_faults() -> dict[str, Callable[[], Row]]:
    """Return all faults by name."""
    found: dict[str, Callable[[], Row]] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(fault_rows.__path__)):
        loaded = importlib.import_module(f"fault_rows.{module}")
        own = inspect.getmembers(loaded, lambda v, m=loaded: inspect.isfunction(v) and v.__module__ == m.__name__)
        found |= {name: value for name, value in own if not name.startswith("_")}
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults; default: all")
    parser.add_argument("--list", action="store_true", help="list the names of the faults")
    parser.add_argument(
        "--no-namespaces", action="store_true", help="cut and fill without namespaces, as where none work"
    )
    parser.add_argument("--row", action="store_true", help="print the row only, no heading")
    args = parser.parse_args()
    if args.no_namespaces:
        os.environ[PLAIN] = "1"
    there = all_faults()
    if args.list:
        print("\n".join(f"{name:<27}{(fault.__doc__ or '').splitlines()[0]}" for name, fault in there.items()))
        return 0
    unknown = sorted(set(args.names) - set(there))
    if unknown:
        parser.error(f"no fault is named {', '.join(unknown)}; --list names them")
    if not args.row:
        print(HEADING, flush=True)
    if len(args.names) == 1:
        row = there[args.names[0]]()
        print(row.text(), flush=True)
        return 1 if row.problems else 0
    status = 0
    for name in args.names or there:  # each in a separate process, as with its own command
        done = subprocess.run([sys.executable, __file__, "--row", name], stdout=subprocess.PIPE, text=True)
        print(done.stdout.strip() or f"| `{name}` | | | | | **it ended with {done.returncode}** |", flush=True)
        status |= done.returncode != 0
    return status


if __name__ == "__main__":
    sys.exit(main())
