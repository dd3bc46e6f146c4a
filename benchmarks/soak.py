"""Run the nodes for a long time, and check whether memory, threads, descriptors or latencies grow.

    python benchmarks/soak.py                                    # 20 minutes at 10 Hz in a small rendered world
    python benchmarks/soak.py --minutes 60 --rate 30 --transport compressed
    python benchmarks/soak.py --lifecycle-churn 20               # deactivates and activates both nodes every 20 s
    python benchmarks/soak.py --subscriber-churn 2               # subscribes to all topics and leaves, twice a second

A camera, the map server, the localizer, which fetches its map from the server, and this listener are separate processes
on a separate ROS graph (loopback and its own domain). Each minute, it prints:

    rss, pss   memory of the process, MB; pss divides shared pages among their processes own        memory that is not a
    file's content, MB threads, fds p50, p99   from just before `publish` in the camera's process to the pose's callback
    in this one, milliseconds

The run passes if the memory of each node grows by less than 1 % after the first two minutes, threads and descriptors do
not grow, and the last minute's p99 is within 10 % of the median minute's. Otherwise the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rclpy
from parts.graph import Changer, Churn, Ear, Node, start_node
from parts.live import ROOT, View, message_of, run_camera, use_own_graph

SETTLED_MINUTES = 2  # first minutes, in which caches fill and discovery ends
MOST_GROWTH, MOST_P99 = 0.01, 0.10


@dataclass(frozen=True)
class Minute:
    """One line of the table."""

    minute: int
    poses: int
    p50_ms: float
    p99_ms: float
    nodes: dict[str, dict[str, float]]  # memory (MB), threads and descriptors of each node


def main() -> int:
    """Run the test, and return 1 if something grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=20, help="default 20")
    parser.add_argument("--minute-s", type=float, default=60.0, help="seconds between two lines; default 60")
    parser.add_argument("--rate", type=float, default=10.0, help="images per second; default 10")
    parser.add_argument("--transport", choices=("raw", "compressed"), default="raw")
    parser.add_argument("--localizer", default="features", help="method; default features")
    parser.add_argument("--lifecycle-churn", type=float, metavar="S", help="deactivate and activate every S seconds")
    parser.add_argument(
        "--subscriber-churn", type=float, metavar="HZ", help="number of subscribers per second that come and go"
    )
    parser.add_argument("--json", type=Path, help="also write all figures to this file")
    parser.add_argument("--camera", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    if args.camera:
        from support.tiny_world import CAMERA, query_poses, render

        views = [View(message_of(render(pose)[0], args.transport), pose) for pose in query_poses(12)]
        run_camera(views, CAMERA, args.rate)
        return 0
    use_own_graph()
    with tempfile.TemporaryDirectory(prefix="reloc-soak-") as folder:
        minutes = measure(args, Path(folder))
    rclpy.try_shutdown()
    problems = verdict(minutes)
    print("\n".join(problems) or "nothing grows")
    if args.json:
        args.json.write_text(
            json.dumps({"minutes": [asdict(m) for m in minutes], "problems": problems}, indent=1) + "\n"
        )
    return 1 if problems else 0


def measure(args: argparse.Namespace, folder: Path) -> list[Minute]:
    """Return all minutes. Each is printed when it is over."""
    from support.tiny_world import build_small_map

    map_path = folder / "small.map"
    build_small_map(map_path)
    nodes = [
        start_node("map_server", folder, map=map_path),
        start_node(
            "localizer", folder, map_cache=folder / "cache", localizer=args.localizer, image_transport=args.transport
        ),
    ]
    camera = Node(
        "camera",
        [sys.executable, __file__, "--camera", "--rate", str(args.rate), "--transport", args.transport],
        folder,
    )
    ear = Ear()
    churns: list[Churn] = []
    try:
        ear.wait_for_pose(60.0)
        if args.lifecycle_churn:
            churns.append(Churn(args.lifecycle_churn, Changer(("reloc_map_server", "localizer")).cycle))
        if args.subscriber_churn:
            churns.append(Churn(1.0 / args.subscriber_churn, ear.come_and_go))
        print(_heading([n.name for n in nodes]), flush=True)
        minutes = []
        for number in range(1, args.minutes + 1):
            ear.take_latencies()
            time.sleep(args.minute_s)
            minute = _minute(number, ear.take_latencies(), nodes)
            minutes.append(minute)
            print(_line(minute), flush=True)
            ended = [n.name for n in (*nodes, camera) if n.returncode is not None]
            if ended:
                print(f"ended: {', '.join(ended)}")
                break
        return minutes
    finally:
        for churn in churns:
            churn.stop()
        for node in (camera, *reversed(nodes)):
            node.stop()
        ear.close()


def verdict(minutes: Sequence[Minute]) -> list[str]:
    """Return what is wrong as text; empty if the run passes."""
    if len(minutes) <= SETTLED_MINUTES + 1:
        return [f"{len(minutes)} minutes are too few: at least {SETTLED_MINUTES + 2} are needed"]
    settled, last = minutes[SETTLED_MINUTES - 1], minutes[-1]
    problems = []
    for name, now in last.nodes.items():
        then = settled.nodes[name]
        for what in ("rss", "own"):  # not pss: it changes with what other processes map
            growth = now[what] / then[what] - 1
            if growth > MOST_GROWTH:
                problems.append(f"{name}: {what} grew by {growth:.1%}, from {then[what]:.1f} to {now[what]:.1f} MB")
        problems += [
            f"{name}: {what} grew from {then[what]:.0f} to {now[what]:.0f}"
            for what in ("threads", "fds")
            if now[what] > then[what]
        ]
    usual = float(np.median([m.p99_ms for m in minutes]))
    if not last.p99_ms <= usual * (1 + MOST_P99):
        problems.append(f"the last minute's p99 is {last.p99_ms:.1f} ms, the median minute's {usual:.1f} ms")
    return problems


def _minute(number: int, latencies_ms: Sequence[float], nodes: Sequence[Node]) -> Minute:
    p50, p99 = np.percentile(latencies_ms, (50, 99)) if latencies_ms else (np.nan, np.nan)
    return Minute(number, len(latencies_ms), float(p50), float(p99), {n.name: n.usage() for n in nodes})


def _heading(names: Sequence[str]) -> str:
    columns = "".join(f"{n + ': rss':>16}{'pss':>7}{'own':>7}{'threads':>8}{'fds':>5}" for n in names)
    return f"{'minute':<7}{'poses':>6}{'p50 ms':>8}{'p99 ms':>8}{columns}"


def _line(m: Minute) -> str:
    columns = "".join(
        f"{u['rss']:>16.1f}{u['pss']:>7.1f}{u['own']:>7.1f}{u['threads']:>8.0f}{u['fds']:>5.0f}"
        for u in m.nodes.values()
    )
    return f"{m.minute:<7}{m.poses:>6}{m.p50_ms:>8.1f}{m.p99_ms:>8.1f}{columns}"


if __name__ == "__main__":
    sys.exit(main())
