"""Measure a network in the live node: the time from publishing a frame at 30 Hz to its pose, and the dropped frames.

    python benchmarks/posenet_live.py                                      # a small rendered world
    python benchmarks/posenet_live.py --map kitchen.map --source 7scenes --frames redkitchen --split test
    python benchmarks/posenet_live.py --map hall.map --source rosbag2 --frames drive.mcap

The frames of a bag or data set are decoded first. They are played forth and back, stamped with the time of publishing,
with true odometry. A camera, the localizer and this listener are separate processes on a real graph.

    total     from just before `publish` in the camera's process to the pose's callback in this one
    age       time from `publish` of a frame to the begin of its processing; it should be at most one period
    infer     time of the network alone; also the other stages, from ~/status
    dropped   published, but not processed: a newer frame came, or the frame had waited too long
    lost      processed, but without a pose: the method was Lost, or the gate refused the answer
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import rclpy
from parts.live import ROOT, Heard, View, listen, localizer_command, message_of, run_camera, running, use_own_graph

from reloc.geometry.cameras import Camera

WIDTH, HEIGHT = 640, 480
STAGES = ("convert", "preprocess", "infer", "pose", "tf", "gate")


def tiny_views(count: int, transport: str) -> tuple[list[View], Camera]:
    """Return views along the references of the tests' rendered world."""
    from support.tiny_world import CAMERA, query_poses, render

    camera = CAMERA.scaled(WIDTH, HEIGHT)
    return [View(message_of(render(p, camera)[0], transport), p) for p in query_poses(count)], camera


def views_of(args: argparse.Namespace) -> tuple[list[View], Camera]:
    """Return the views that the camera's process plays."""
    if not args.source:
        return tiny_views(60, args.transport)
    from reloc.maps.source import open_source

    frames = open_source(args.source, args.frames).frames(args.split)[: args.most]
    views = [View(message_of(frame.load_image(), args.transport), frame.world_from_cam) for frame in frames]
    return views, frames[0].camera


def tiny_map(folder: Path) -> Path:
    """Make a map of the tests' rendered world, with a network in it."""
    from support.tiny_models import attach_models
    from support.tiny_world import build_tiny_map

    return attach_models(build_tiny_map(folder, "none"))


def figures_of(heard: Heard, sent: list[int], rate: float) -> dict[str, float]:
    """Return all printed figures by name."""
    # Frames that were in progress at the begin or end of listening are not counted.
    sent = [s for s in sent if heard.window_ns[0] <= s <= heard.window_ns[1] - 200_000_000]
    looked = [s for s in sent if s in heard.statuses]
    posed = [s for s in looked if s in heard.poses]
    rows: dict[str, list[float]] = {name: [] for name in ("age", *STAGES)}
    for stamp in looked:
        status = heard.statuses[stamp]
        stages = dict(zip(status.stage_names, status.stage_ms, strict=True))
        rows["age"].append(status.image_age * 1e3 - (status.total_ms - stages["wait"]))
        for name in STAGES:
            rows[name].append(stages.get(name, 0.0))
    rows["total"] = [(heard.poses[s] - s) * 1e-6 for s in posed]
    period = 1e3 / rate
    figures: dict[str, float] = {"published": len(sent), "dropped": len(sent) - len(looked)}
    figures |= {"lost": len(looked) - len(posed), "period_ms": period}
    for name, values in rows.items():
        if values:
            p50, p99, most = (float(v) for v in (*np.percentile(values, (50, 99)), max(values)))
            figures |= {f"{name}_p50_ms": p50, f"{name}_p99_ms": p99, f"{name}_max_ms": most}
    figures["older_than_a_period"] = sum(age > period for age in rows["age"])
    return figures


def show(figures: dict[str, float]) -> None:
    """Print a table."""
    counts = ("published", "dropped", "lost", "older_than_a_period")
    print(", ".join(f"{int(figures[name])} {name.replace('_', ' ')}" for name in counts))
    print(f"{'milliseconds':<12}{'p50':>8}{'p99':>8}{'max':>8}")
    for name in ("total", "age", *STAGES):
        if f"{name}_p50_ms" in figures:
            print(f"{name:<12}" + "".join(f"{figures[f'{name}_{which}_ms']:>8.1f}" for which in ("p50", "p99", "max")))


def main() -> None:
    """Print a table, and write JSON if an option requests it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--map", type=Path, help="a map with a network in it; default: a small rendered world")
    parser.add_argument("--source", help="kind of the frames' source, as in `reloc map build --source`")
    parser.add_argument("--frames", type=Path, help="the frames' source: a bag or a data set")
    parser.add_argument("--split", default="test", help="split of the source; default test")
    parser.add_argument("--most", type=int, default=150, help="number of frames kept in memory; default 150")
    parser.add_argument("--rate", type=float, default=30.0, help="frames per second")
    parser.add_argument("--seconds", type=float, default=20.0, help="duration of the measurement")
    parser.add_argument("--transport", choices=("raw", "compressed"), default="raw")
    parser.add_argument("--localizer", default="posenet")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--camera-log", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if bool(args.source) != bool(args.frames) or (args.source and not args.map):
        parser.error("--source and --frames go together, and with --map")
    sys.path.insert(0, str(ROOT / "tests"))
    if args.camera_log:
        views, camera = views_of(args)
        run_camera(views, camera, args.rate, args.camera_log)
        return
    use_own_graph()
    with tempfile.TemporaryDirectory() as folder:
        map_path, log = args.map or tiny_map(Path(folder)), Path(folder) / "published"
        this = [sys.executable, __file__, "--camera-log", str(log), *sys.argv[1:]]
        command = localizer_command(map_path, localizer=args.localizer, image_transport=args.transport)
        with running(command, this):
            heard = listen(args.seconds, warm_up=60)
        sent = [int(line) for line in log.read_text().split()]
    rclpy.try_shutdown()
    figures = figures_of(heard, sent, args.rate)
    print(f"{args.localizer}, {args.transport} at {args.rate:g} Hz for {args.seconds:g} s")
    show(figures)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
