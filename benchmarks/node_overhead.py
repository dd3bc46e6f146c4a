"""Measure the node's cost beside the method: from publishing a 640 x 480 frame at 30 Hz to receiving its pose.

    python benchmarks/node_overhead.py                     # a small rendered world
    python benchmarks/node_overhead.py --map MAP --image IMAGE --fx 525.5

A camera, the localizer and this listener are separate processes on a real ROS graph. Per answered frame:

    total     from just before `publish` in the camera's process to the pose's callback in this one
    pipeline  the method's stages and the gate, from ~/status
    wait      waiting time of the frame while the pipeline processed the frame before it, from ~/status
    overhead  total - pipeline - wait: both transports, conversion or decoding, TF lookup, threads, publishing

By design, a frame that arrives while the pipeline is busy is dropped for a newer one. Only answered frames count.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
import rclpy
from parts.live import ROOT, View, listen, localizer_command, message_of, run_camera, running, use_own_graph

from reloc.geometry.cameras import Camera

WIDTH, HEIGHT = 640, 480
NODE_STAGES = ("wait", "convert", "tf")  # all other stages of ~/status belong to the pipeline


def tiny_world(folder: Path) -> tuple[Path, Path, Camera]:
    """Return a map, an image (a file) and its camera from the tests' rendered world."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

    camera = CAMERA.scaled(WIDTH, HEIGHT)
    image = folder / "query.png"
    cv2.imwrite(str(image), render(query_poses()[1], camera)[0][..., ::-1])
    return build_tiny_map(folder, "depth"), image, camera


def measure(args: argparse.Namespace, map_path: Path, image: Path, camera: Camera, transport: str) -> dict[str, object]:
    """Return milliseconds of each answered frame of one run, by column."""
    this = [sys.executable, __file__, "--camera", json.dumps(camera.to_dict()), "--image", str(image)]
    this += ["--transport", transport, "--rate", str(args.rate)]
    with running(localizer_command(map_path, image_transport=transport), this):
        heard = listen(args.seconds, warm_up=30)
    rows = []
    for stamp_ns, arrival_ns in heard.poses.items():
        if stamp_ns not in heard.statuses:
            continue
        status = heard.statuses[stamp_ns]
        stages = dict(zip(status.stage_names, status.stage_ms, strict=True))
        total = (arrival_ns - stamp_ns) * 1e-6
        pipeline = sum(value for name, value in stages.items() if name not in NODE_STAGES)
        rows.append(
            (total, pipeline, stages["wait"], total - pipeline - stages["wait"], stages["convert"], stages["tf"])
        )
    columns = np.array(rows).T
    names = ("total", "pipeline", "wait", "overhead", "convert", "tf")
    return {"answered": len(rows), **dict(zip(names, columns, strict=True))}


def main() -> None:
    """Print a table, and JSON on request."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--map", type=Path, help="a map; default: a small rendered world")
    parser.add_argument("--image", type=Path, help="an image that is localized in that map")
    parser.add_argument("--fx", type=float, default=525.0, help="focal length of that image, pixels")
    parser.add_argument("--rate", type=float, default=30.0, help="frames per second")
    parser.add_argument("--seconds", type=float, default=20.0, help="duration of the measurement of each transport")
    parser.add_argument("--transport", choices=("raw", "compressed"), help="measure only this transport")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--camera", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.camera:
        view = View(message_of(cv2.imread(str(args.image))[..., ::-1], args.transport))
        run_camera([view], Camera.from_dict(json.loads(args.camera)), args.rate)
        return
    use_own_graph()
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        if args.map:
            size = cv2.imread(str(args.image)).shape
            camera = Camera(size[1], size[0], args.fx, args.fx, (size[1] - 1) / 2, (size[0] - 1) / 2)
            map_path, image = args.map, args.image
        else:
            map_path, image, camera = tiny_world(Path(folder))
        print(f"{camera.width} x {camera.height} at {args.rate:g} Hz, {args.seconds:g} s each; milliseconds, p50 / p99")
        print(f"{'':<11}{'answered':>9}" + "".join(f"{c:>16}" for c in ("total", "pipeline", "wait", "overhead")))
        for transport in (args.transport,) if args.transport else ("raw", "compressed"):
            found = measure(args, map_path, image, camera, transport)
            line, row = f"{transport:<11}{found.pop('answered'):>9}", {}
            for name, values in found.items():
                p50, p99 = np.percentile(values, (50, 99))
                row |= {f"{name}_p50_ms": float(p50), f"{name}_p99_ms": float(p99)}
                line += f"{f'{p50:.1f} / {p99:.1f}':>16}" if name not in ("convert", "tf") else ""
            print(line)
            figures[transport] = row
    rclpy.try_shutdown()
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
